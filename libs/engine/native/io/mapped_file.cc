#include "io/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace weft {

namespace {

Status failure(const std::string& path, const char* what, int error) {
  return Status::error(path + ": " + what + ": " + std::strerror(error));
}

// Closes the descriptor on every way out; the mapping outlives it.
struct Descriptor {
  int value;
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
};

}  // namespace

MappedFile::MappedFile(std::string path, const uint8_t* data, int64_t sizeBytes)
    : path_(std::move(path)), data_(data), sizeBytes_(sizeBytes) {}

MappedFile::~MappedFile() { ::munmap(const_cast<uint8_t*>(data_), static_cast<size_t>(sizeBytes_)); }

Status MappedFile::open(const std::string& path, std::shared_ptr<const MappedFile>* file) {
  // O_NONBLOCK, because opening a named pipe would otherwise wait for a writer.
  const Descriptor descriptor{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (descriptor.value < 0) return failure(path, "cannot be opened", errno);
  struct stat info {};
  if (::fstat(descriptor.value, &info) != 0) return failure(path, "cannot be examined", errno);
  if (!S_ISREG(info.st_mode)) return Status::error(path + ": is not a regular file");
  if (info.st_size <= 0) return Status::error(path + ": is empty");

  void* data = ::mmap(nullptr, static_cast<size_t>(info.st_size), PROT_READ, MAP_PRIVATE, descriptor.value, 0);
  if (data == MAP_FAILED) return failure(path, "cannot be mapped into memory", errno);
  file->reset(new MappedFile(path, static_cast<const uint8_t*>(data), info.st_size));
  return Status::ok();
}

void MappedFile::release(int64_t offset, int64_t length) const {
  if (length <= 0 || offset < 0 || offset >= sizeBytes_) return;
  const int64_t page = ::sysconf(_SC_PAGESIZE);
  const int64_t begin = offset / page * page;
  const int64_t end = length > sizeBytes_ - offset ? sizeBytes_ : offset + length;
  // Advice only: where it fails the pages merely stay.
  ::madvise(const_cast<uint8_t*>(data_) + begin, static_cast<size_t>(end - begin), MADV_DONTNEED);
}

}  // namespace weft
