// Random descriptions of weights over random bytes: every one is refused or can be read in full. Meant for builds with
// the address and undefined-behaviour sanitizers; without them it still finds crashes.
#include <random>

#include "io/dequantise.h"
#include "io/weight_source.h"
#include "test/temporary_file.h"
#include "test/test.h"

namespace weft {

namespace {

using Random = std::mt19937_64;

// Mostly small numbers, sometimes the extremes, where sums and products overflow.
int64_t number(Random& random) {
  switch (random() % 8) {
    case 0: return static_cast<int64_t>(random());
    case 1: return INT64_MAX - static_cast<int64_t>(random() % 4);
    case 2: return -static_cast<int64_t>(random() % 300);
    default: return static_cast<int64_t>(random() % 300);
  }
}

// A description that is right, before one or two of its fields are spoilt.
WeightSource::Options description(Random& random, int64_t fileBytes) {
  WeightSource::Options options;
  options.type = static_cast<StorageType>(random() % storageTypeCount);
  options.transposed = random() % 3 == 0;
  const StorageTraits& traits = traitsOf(options.type);
  const int64_t blocks = 1 + static_cast<int64_t>(random() % 3);
  const int64_t storedRows = 1 + static_cast<int64_t>(random() % 8);
  options.sizeBytes = storedRows * blocks * traits.blockBytes;
  options.rows = options.transposed ? blocks * traits.blockValues : storedRows;
  options.cols = options.transposed ? storedRows : blocks * traits.blockValues;
  options.offsetBytes = static_cast<int64_t>(random() % static_cast<uint64_t>(fileBytes));
  if (!options.transposed && (storedRows % 2 == 0 || storedRows == 1) && random() % 2 == 0) options.unpermuteHeads = 1;
  return options;
}

void spoil(Random& random, WeightSource::Options* options) {
  switch (random() % 7) {
    case 0: options->offsetBytes = number(random); break;
    case 1: options->sizeBytes = number(random); break;
    case 2: options->type = static_cast<StorageType>(number(random)); break;
    case 3: options->rows = number(random); break;
    case 4: options->cols = number(random); break;
    case 5: options->transposed = !options->transposed; break;
    default: options->unpermuteHeads = number(random); break;
  }
}

// Returns whether the source could be made.
bool readAll(const WeightSource::Options& options, const std::shared_ptr<const MappedFile>& file, Random& random) {
  std::unique_ptr<WeightSource> source;
  if (!WeightSource::create(options, file, &source).isOk()) return false;
  // Exactly as large as needed, so that a sanitizer sees every write beyond it.
  const int64_t first = static_cast<int64_t>(random() % static_cast<uint64_t>(source->rows()));
  const int64_t count = static_cast<int64_t>(random() % static_cast<uint64_t>(source->rows() - first + 1));
  std::vector<float> rows(static_cast<size_t>(count * source->cols()));
  const bool read = source->readRows(first, count, rows.data()).isOk();
  source->exactInBf16();
  return read;
}

}  // namespace

WEFT_TEST(ioFuzzDequantisersStayWithinTheirBlocks) {
  Random random(11);
  for (int i = 0; i < 2000; ++i) {
    const auto type = static_cast<StorageType>(random() % storageTypeCount);
    const int64_t count = static_cast<int64_t>(random() % 4);
    // On the heap and no byte larger than needed: a sanitizer sees every step outside.
    std::vector<uint8_t> blocks(static_cast<size_t>(count * traitsOf(type).blockBytes));
    for (uint8_t& byte : blocks) byte = static_cast<uint8_t>(random());
    std::vector<float> values(static_cast<size_t>(count * traitsOf(type).blockValues), -1.0f);
    dequantise(type, blocks.data(), count, values.data());
  }
}

WEFT_TEST(ioFuzzNeverReadsOutsideOfTheFile) {
  Random random(20240607);
  std::vector<uint8_t> bytes(16384);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  const test::TemporaryFile temporary(bytes);
  std::shared_ptr<const MappedFile> file;
  WEFT_REQUIRE(MappedFile::open(temporary.path(), &file).isOk());
  int accepted = 0;
  int refused = 0;
  for (int i = 0; i < 20000; ++i) {
    WeightSource::Options options = description(random, file->sizeBytes());
    for (uint64_t faults = random() % 3; faults > 0; --faults) spoil(random, &options);
    readAll(options, file, random) ? ++accepted : ++refused;
  }
  // Both ways must have been taken often, or the test has gone blind.
  WEFT_EXPECT(accepted > 2000);
  WEFT_EXPECT(refused > 2000);
}

}  // namespace weft
