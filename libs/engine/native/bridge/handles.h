// How native objects travel to TypeScript: as opaque externals that carry a type tag, so that a wrong handle is a
// TypeError and never a wild pointer.
#pragma once

#include <napi.h>

#include <memory>

namespace weft::bridge {

template <typename T>
struct HandleTag;

#define WEFT_HANDLE_TAG(type, low, high)                      \
  template <>                                                 \
  struct HandleTag<type> {                                    \
    static constexpr napi_type_tag value = {low, high};       \
    static constexpr const char* name = #type;                \
  }

template <typename T>
Napi::Value wrapHandle(Napi::Env env, std::shared_ptr<T> object) {
  auto* owner = new std::shared_ptr<T>(std::move(object));
  auto external = Napi::External<std::shared_ptr<T>>::New(
      env, owner, [](Napi::Env, std::shared_ptr<T>* held) { delete held; });
  external.TypeTag(&HandleTag<T>::value);
  return external;
}

// Null, with a pending TypeError, where the value is no such handle.
template <typename T>
std::shared_ptr<T> unwrapHandle(const Napi::Value& value) {
  if (value.IsExternal()) {
    auto external = value.As<Napi::External<std::shared_ptr<T>>>();
    if (external.CheckTypeTag(&HandleTag<T>::value)) return *external.Data();
  }
  Napi::TypeError::New(value.Env(), std::string("expected a handle of type ") + HandleTag<T>::name)
      .ThrowAsJavaScriptException();
  return nullptr;
}

}  // namespace weft::bridge
