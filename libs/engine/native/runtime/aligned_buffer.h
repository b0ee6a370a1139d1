// Memory for packs and scratch: aligned to cache lines, and backed by huge pages where it is large and the system
// offers them, because products walk many panels at once.
#pragma once

#include <cstddef>

namespace weft {

class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  // Contents are undefined. data() is null if bytes is 0 or the memory could not be had.
  explicit AlignedBuffer(size_t bytes);
  ~AlignedBuffer();
  AlignedBuffer(AlignedBuffer&& other) noexcept;
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept;
  AlignedBuffer(const AlignedBuffer&) = delete;
  AlignedBuffer& operator=(const AlignedBuffer&) = delete;

  void* data() const { return data_; }
  size_t bytes() const { return bytes_; }

 private:
  void* data_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace weft
