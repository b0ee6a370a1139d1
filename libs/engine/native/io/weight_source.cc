#include "io/weight_source.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "io/dequantise.h"

namespace weft {

namespace {

// How much a reader leaves resident before it gives pages back: large enough that the calls do not show.
constexpr int64_t residentBytes = 8 << 20;

// Rows and columns handled at once by a transposed read; both matrices of the tile stay in the nearest cache.
constexpr int64_t tile = 64;

// rows * cols values in blocks along the stored rows; false where the shape is empty, cuts a block or overflows.
bool storedBytes(const WeightSource::Options& options, int64_t* rowBytes, int64_t* allBytes) {
  const StorageTraits& traits = traitsOf(options.type);
  const int64_t rows = options.transposed ? options.cols : options.rows;
  const int64_t cols = options.transposed ? options.rows : options.cols;
  constexpr int64_t most = std::numeric_limits<int64_t>::max();
  if (rows < 1 || cols < 1 || cols % traits.blockValues != 0) return false;
  const int64_t blocks = cols / traits.blockValues;
  if (blocks > most / traits.blockBytes) return false;
  *rowBytes = blocks * traits.blockBytes;
  if (rows > most / *rowBytes) return false;
  *allBytes = rows * *rowBytes;
  return true;
}

// The dimension along which heads lie: rows of a matrix, values of a vector.
int64_t permutedSize(const WeightSource::Options& options) { return options.rows == 1 ? options.cols : options.rows; }

std::string describe(const WeightSource::Options& options) {
  return std::string(traitsOf(options.type).name) + " [" + std::to_string(options.rows) + ", " +
         std::to_string(options.cols) + "]";
}

bool isKnown(StorageType type) {
  const auto index = static_cast<int32_t>(type);
  return index >= 0 && index < storageTypeCount;
}

}  // namespace

WeightSource::WeightSource(const Options& options, std::shared_ptr<const MappedFile> file, std::vector<float> values)
    : options_(options), file_(std::move(file)), values_(std::move(values)) {
  data_ = file_ ? file_->data() + options_.offsetBytes : reinterpret_cast<const uint8_t*>(values_.data());
  const StorageTraits& traits = traitsOf(options_.type);
  storedRowBytes_ = storedCols() / traits.blockValues * traits.blockBytes;
}

Status WeightSource::create(const Options& options, std::shared_ptr<const MappedFile> file,
                            std::unique_ptr<WeightSource>* source) {
  WEFT_CHECK(file != nullptr);
  WEFT_CHECK(isKnown(options.type));
  int64_t rowBytes = 0;
  int64_t bytes = 0;
  if (!storedBytes(options, &rowBytes, &bytes)) {
    return Status::error(file->path() + ": " + describe(options) + " is no shape that this type can have");
  }
  if (bytes != options.sizeBytes) {
    return Status::error(file->path() + ": " + describe(options) + " takes " + std::to_string(bytes) +
                         " bytes, not " + std::to_string(options.sizeBytes));
  }
  if (options.offsetBytes < 0 || options.offsetBytes > file->sizeBytes() ||
      bytes > file->sizeBytes() - options.offsetBytes) {
    return Status::error(file->path() + ": " + std::to_string(bytes) + " bytes at offset " +
                         std::to_string(options.offsetBytes) + " end beyond the file's " +
                         std::to_string(file->sizeBytes()));
  }
  if (options.unpermuteHeads != 0) {
    WEFT_CHECK(!options.transposed);
    WEFT_CHECK(options.unpermuteHeads > 0 && permutedSize(options) % options.unpermuteHeads == 0);
    WEFT_CHECK(permutedSize(options) / options.unpermuteHeads % 2 == 0);
  }
  source->reset(new WeightSource(options, std::move(file), {}));
  return Status::ok();
}

Status WeightSource::createInMemory(std::vector<float> values, int64_t rows, int64_t cols,
                                    std::unique_ptr<WeightSource>* source) {
  Options options;
  options.rows = rows;
  options.cols = cols;
  int64_t rowBytes = 0;
  if (!storedBytes(options, &rowBytes, &options.sizeBytes)) {
    return Status::error(describe(options) + " is no shape of a matrix");
  }
  WEFT_CHECK(static_cast<int64_t>(values.size()) == options.sizeBytes / 4);
  source->reset(new WeightSource(options, nullptr, std::move(values)));
  return Status::ok();
}

int64_t WeightSource::storedPlaceOf(int64_t place) const {
  const int64_t width = permutedSize(options_) / options_.unpermuteHeads;
  const int64_t inHead = place % width;
  const int64_t side = inHead / (width / 2);
  return place - inHead + 2 * (inHead - side * (width / 2)) + side;
}

// Values [begin, end) of a stored row, which may begin and end inside of blocks.
void WeightSource::readStored(int64_t row, int64_t begin, int64_t end, float* out) const {
  const StorageTraits& traits = traitsOf(options_.type);
  const uint8_t* data = data_ + row * storedRowBytes_;
  float block[maxBlockValues];
  while (begin < end) {
    const int64_t inBlock = begin % traits.blockValues;
    const uint8_t* source = data + begin / traits.blockValues * traits.blockBytes;
    const int64_t whole = inBlock == 0 ? (end - begin) / traits.blockValues : 0;
    int64_t taken = whole * traits.blockValues;
    if (whole > 0) {
      dequantise(options_.type, source, whole, out);
    } else {
      dequantise(options_.type, source, 1, block);
      taken = std::min(end - begin, traits.blockValues - inBlock);
      std::memcpy(out, block + inBlock, static_cast<size_t>(taken) * sizeof(float));
    }
    begin += taken;
    out += taken;
  }
}

void WeightSource::readTransposed(int64_t first, int64_t count, float* out) const {
  const int64_t cols = options_.cols;
  float stored[tile * tile];
  for (int64_t c = 0; c < cols; c += tile) {
    const int64_t width = std::min(tile, cols - c);
    for (int64_t r = 0; r < count; r += tile) {
      const int64_t height = std::min(tile, count - r);
      for (int64_t i = 0; i < width; ++i) readStored(c + i, first + r, first + r + height, stored + i * tile);
      for (int64_t j = 0; j < height; ++j) {
        float* target = out + (r + j) * cols + c;
        for (int64_t i = 0; i < width; ++i) target[i] = stored[i * tile + j];
      }
    }
  }
}

void WeightSource::readPermuted(int64_t first, int64_t count, float* out) const {
  const int64_t cols = options_.cols;
  if (options_.rows > 1) {
    for (int64_t i = 0; i < count; ++i) readStored(storedPlaceOf(first + i), 0, cols, out + i * cols);
  } else if (count > 0) {
    std::vector<float> stored(static_cast<size_t>(cols));
    readStored(0, 0, cols, stored.data());
    for (int64_t i = 0; i < cols; ++i) out[i] = stored[static_cast<size_t>(storedPlaceOf(i))];
  }
}

Status WeightSource::readRows(int64_t first, int64_t count, float* out) const {
  WEFT_CHECK(first >= 0 && count >= 0 && count <= options_.rows && first <= options_.rows - count);
  if (options_.transposed) {
    readTransposed(first, count, out);
  } else if (options_.unpermuteHeads != 0) {
    readPermuted(first, count, out);
  } else if (count > 0) {
    // Rows end on block boundaries, so consecutive rows are consecutive blocks.
    const int64_t blocks = count * (options_.cols / traitsOf(options_.type).blockValues);
    dequantise(options_.type, data_ + first * storedRowBytes_, blocks, out);
  }
  return Status::ok();
}

void WeightSource::countRead(int64_t bytes) const {
  if (readSinceRelease_.fetch_add(bytes, std::memory_order_relaxed) + bytes < residentBytes) return;
  readSinceRelease_.store(0, std::memory_order_relaxed);
  releasePages();
}

RowReader WeightSource::reader() const {
  RowReader reader;
  reader.rows = options_.rows;
  reader.cols = options_.cols;
  reader.exactInBf16 = exactInBf16();
  reader.read = [this](int64_t first, int64_t count, float* out) {
    // A packer asks only for rows that exist; anything else would be a fault of ours, and leaves `out` as it was.
    const Status status = readRows(first, count, out);
    if (status.isOk()) countRead(options_.sizeBytes / options_.rows * count);
  };
  return reader;
}

bool WeightSource::scanForBf16() const {
  // Looked at once per stretch and not per value, so that the inner loop can be vectorised.
  constexpr int64_t stretch = 4096;
  const int64_t values = options_.rows * options_.cols;
  int64_t unreleased = 0;
  for (int64_t begin = 0; begin < values; begin += stretch) {
    const int64_t count = std::min(stretch, values - begin);
    const uint8_t* data = data_ + begin * 4;
    uint32_t low = 0;
    for (int64_t i = 0; i < count; ++i) {
      uint32_t bits;
      std::memcpy(&bits, data + 4 * i, sizeof bits);
      low |= bits & 0xffffu;
    }
    if (low != 0) return false;
    if ((unreleased += count * 4) >= residentBytes) {
      releasePages();
      unreleased = 0;
    }
  }
  return true;
}

bool WeightSource::exactInBf16() const {
  if (options_.type == StorageType::bf16) return true;
  if (options_.type != StorageType::f32) return false;
  std::call_once(scanned_, [this] { exact_ = scanForBf16(); });
  return exact_;
}

void WeightSource::releasePages() const {
  if (file_) file_->release(options_.offsetBytes, options_.sizeBytes);
}

}  // namespace weft
