#include "io/storage_type.h"

namespace weft {

namespace {

constexpr StorageTraits table[storageTypeCount] = {
    {"F32", 1, 4},      {"F16", 1, 2},      {"BF16", 1, 2},     {"Q8_0", 32, 34},   {"Q4_0", 32, 18},   {"Q4_1", 32, 20},
    {"Q5_0", 32, 22},   {"Q5_1", 32, 24},   {"Q4_K", 256, 144}, {"Q5_K", 256, 176}, {"Q6_K", 256, 210},
};

}  // namespace

const StorageTraits& traitsOf(StorageType type) { return table[static_cast<int32_t>(type)]; }

bool storageTypeFromName(std::string_view name, StorageType* type) {
  for (int32_t i = 0; i < storageTypeCount; ++i) {
    if (name == table[i].name) {
      *type = static_cast<StorageType>(i);
      return true;
    }
  }
  return false;
}

}  // namespace weft
