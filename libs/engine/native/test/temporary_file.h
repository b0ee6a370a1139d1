// A file with given bytes that is gone with its owner.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <unistd.h>

namespace weft::test {

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::vector<uint8_t>& bytes) {
    path_ = (std::filesystem::temp_directory_path() / "weft-XXXXXX").string();
    const int descriptor = ::mkstemp(path_.data());
    size_t written = 0;
    while (descriptor >= 0 && written < bytes.size()) {
      const ssize_t count = ::write(descriptor, bytes.data() + written, bytes.size() - written);
      if (count <= 0) break;
      written += static_cast<size_t>(count);
    }
    if (descriptor >= 0) ::close(descriptor);
  }
  ~TemporaryFile() { ::unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace weft::test
