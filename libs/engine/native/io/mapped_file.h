// A file mapped read-only into memory. Pages are read when touched and can be given back after use, so that a
// checkpoint never counts twice. A file must not be cut short while it is mapped: the system ends a process that
// touches a page beyond the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "runtime/status.h"

namespace weft {

class MappedFile {
 public:
  static Status open(const std::string& path, std::shared_ptr<const MappedFile>* file);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const std::string& path() const { return path_; }
  const uint8_t* data() const { return data_; }
  int64_t sizeBytes() const { return sizeBytes_; }

  // Gives the pages that touch [offset, offset + length) back to the system; they are read again when next touched.
  // The range is clipped to the file.
  void release(int64_t offset, int64_t length) const;

 private:
  MappedFile(std::string path, const uint8_t* data, int64_t sizeBytes);

  std::string path_;
  const uint8_t* data_;
  int64_t sizeBytes_;
};

}  // namespace weft
