// How weights lie in a file: plain floats, or the block formats of GGUF. Everything is little-endian.
#pragma once

#include <cstdint>
#include <string_view>

namespace weft {

enum class StorageType : int32_t { f32, f16, bf16, q8_0, q4_0, q4_1, q5_0, q5_1, q4_k, q5_k, q6_k };

constexpr int32_t storageTypeCount = 11;

struct StorageTraits {
  const char* name;     // as both file formats spell it, e.g. "F32", "Q4_K"
  int64_t blockValues;  // consecutive values of a row that share one block
  int64_t blockBytes;
};

// A block never holds more values than this.
constexpr int64_t maxBlockValues = 256;

const StorageTraits& traitsOf(StorageType type);

// False where no type has that name.
bool storageTypeFromName(std::string_view name, StorageType* type);

}  // namespace weft
