// Failures as values: nothing in the engine throws across the bridge or ends the process.
#pragma once

#include <string>
#include <utility>

namespace weft {

class [[nodiscard]] Status {
 public:
  Status() = default;
  static Status ok() { return {}; }
  static Status error(std::string message) {
    Status status;
    status.message_ = std::move(message);
    return status;
  }
  bool isOk() const { return message_.empty(); }
  const std::string& message() const { return message_; }

 private:
  std::string message_;
};

// Leaves the calling function with a status that carries the failed expression, file and line.
#define WEFT_CHECK(expression)                                                                                  \
  do {                                                                                                          \
    if (!(expression)) {                                                                                        \
      return ::weft::Status::error(std::string("check failed: ") + #expression + " (" + __FILE__ + ":" +        \
                                   std::to_string(__LINE__) + ")");                                             \
    }                                                                                                           \
  } while (false)

}  // namespace weft
