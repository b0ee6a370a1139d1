#include <bit>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "io/dequantise.h"
#include "io/weight_source.h"
#include "test/temporary_file.h"
#include "test/test.h"

namespace weft {

namespace {

using test::TemporaryFile;

std::vector<float> countingValues(int64_t count) {
  std::vector<float> values(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) values[static_cast<size_t>(i)] = static_cast<float>(i) + 0.25f;
  return values;
}

std::vector<uint8_t> bytesOf(const std::vector<float>& values) {
  std::vector<uint8_t> bytes(values.size() * sizeof(float));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

std::unique_ptr<WeightSource> open(const TemporaryFile& file, const WeightSource::Options& options) {
  std::shared_ptr<const MappedFile> mapped;
  std::unique_ptr<WeightSource> source;
  if (!MappedFile::open(file.path(), &mapped).isOk()) return nullptr;
  if (!WeightSource::create(options, mapped, &source).isOk()) return nullptr;
  return source;
}

}  // namespace

WEFT_TEST(weightSourceReadsRowsAtAnUnalignedOffset) {
  std::vector<uint8_t> bytes = bytesOf(countingValues(5 * 7));
  bytes.insert(bytes.begin(), {1, 2, 3});
  const TemporaryFile file(bytes);
  const auto source = open(file, {3, 5 * 7 * 4, StorageType::f32, 5, 7, false, 0});
  WEFT_REQUIRE(source != nullptr);
  std::vector<float> rows(2 * 7);
  WEFT_REQUIRE(source->readRows(3, 2, rows.data()).isOk());
  for (int i = 0; i < 14; ++i) WEFT_EXPECT(rows[static_cast<size_t>(i)] == static_cast<float>(21 + i) + 0.25f);
  WEFT_EXPECT(!source->readRows(4, 2, rows.data()).isOk());
  WEFT_EXPECT(!source->readRows(-1, 1, rows.data()).isOk());
  WEFT_EXPECT(!source->readRows(0, -1, rows.data()).isOk());
  WEFT_EXPECT(source->readRows(5, 0, rows.data()).isOk());
}

WEFT_TEST(weightSourceUndoesTranspositionForPlainValues) {
  // Larger than a tile in both directions, and a multiple of it in neither.
  const int64_t rows = 70, cols = 131;
  const TemporaryFile file(bytesOf(countingValues(rows * cols)));
  const auto source = open(file, {0, rows * cols * 4, StorageType::f32, rows, cols, true, 0});
  WEFT_REQUIRE(source != nullptr);
  std::vector<float> values(static_cast<size_t>((rows - 1) * cols));
  WEFT_REQUIRE(source->readRows(1, rows - 1, values.data()).isOk());
  int wrong = 0;
  for (int64_t r = 1; r < rows; ++r) {
    for (int64_t c = 0; c < cols; ++c) {
      wrong += values[static_cast<size_t>((r - 1) * cols + c)] != static_cast<float>(c * rows + r) + 0.25f;
    }
  }
  WEFT_EXPECT(wrong == 0);
}

WEFT_TEST(weightSourceUndoesTranspositionOfQuantisedBlocks) {
  const int64_t rows = 96, cols = 5;
  std::mt19937 random(3);
  std::vector<uint8_t> bytes(static_cast<size_t>(cols * rows / 32 * 34));
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  for (size_t block = 0; block < bytes.size(); block += 34) bytes[block + 1] = 0x2c;  // scales about 0.06
  const TemporaryFile file(bytes);
  const auto source =
      open(file, {0, static_cast<int64_t>(bytes.size()), StorageType::q8_0, rows, cols, true, 0});
  WEFT_REQUIRE(source != nullptr);
  std::vector<float> stored(static_cast<size_t>(rows * cols));
  dequantiseQ8_0(bytes.data(), rows * cols / 32, stored.data());
  // From the middle of one block to the middle of another.
  std::vector<float> values(static_cast<size_t>(50 * cols));
  WEFT_REQUIRE(source->readRows(17, 50, values.data()).isOk());
  int wrong = 0;
  for (int64_t r = 0; r < 50; ++r) {
    for (int64_t c = 0; c < cols; ++c) {
      wrong += values[static_cast<size_t>(r * cols + c)] != stored[static_cast<size_t>(c * rows + r + 17)];
    }
  }
  WEFT_EXPECT(wrong == 0);
}

WEFT_TEST(weightSourceBringsInterleavedHeadsIntoOrder) {
  // Two heads of six rows: stored row 6 h + 2 j + s is logical row 6 h + 3 s + j.
  const TemporaryFile file(bytesOf(countingValues(12)));
  const auto source = open(file, {0, 48, StorageType::f32, 12, 1, false, 2});
  WEFT_REQUIRE(source != nullptr);
  std::vector<float> values(12);
  WEFT_REQUIRE(source->readRows(0, 12, values.data()).isOk());
  const int expected[12] = {0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11};
  for (size_t i = 0; i < 12; ++i) WEFT_EXPECT(values[i] == static_cast<float>(expected[i]) + 0.25f);

  // A bias lies as a vector.
  const auto vector = open(file, {0, 48, StorageType::f32, 1, 12, false, 2});
  WEFT_REQUIRE(vector != nullptr);
  WEFT_REQUIRE(vector->readRows(0, 1, values.data()).isOk());
  for (size_t i = 0; i < 12; ++i) WEFT_EXPECT(values[i] == static_cast<float>(expected[i]) + 0.25f);
}

WEFT_TEST(weightSourceKnowsWhichValuesAreBf16) {
  std::vector<float> values(10000, 1.5f);
  std::unique_ptr<WeightSource> source;
  WEFT_REQUIRE(WeightSource::createInMemory(values, 100, 100, &source).isOk());
  WEFT_EXPECT(source->exactInBf16() && source->reader().exactInBf16);
  values.back() = std::bit_cast<float>(0x3f800001u);
  WEFT_REQUIRE(WeightSource::createInMemory(values, 100, 100, &source).isOk());
  WEFT_EXPECT(!source->exactInBf16());
  const TemporaryFile file(std::vector<uint8_t>(64, 0));
  WEFT_EXPECT(open(file, {0, 64, StorageType::bf16, 4, 8, false, 0})->exactInBf16());
  WEFT_EXPECT(!open(file, {0, 64, StorageType::f16, 4, 8, false, 0})->exactInBf16());
}

WEFT_TEST(weightSourceRefusesWhatDoesNotFitTheFile) {
  const TemporaryFile file(std::vector<uint8_t>(1024, 0));
  const int64_t huge = int64_t{1} << 62;
  WEFT_EXPECT(open(file, {0, 1024, StorageType::f32, 16, 16, false, 0}) != nullptr);
  WEFT_EXPECT(open(file, {4, 1024, StorageType::f32, 16, 16, false, 0}) == nullptr);
  WEFT_EXPECT(open(file, {-4, 1024, StorageType::f32, 16, 16, false, 0}) == nullptr);
  WEFT_EXPECT(open(file, {0, 1020, StorageType::f32, 16, 16, false, 0}) == nullptr);
  WEFT_EXPECT(open(file, {0, 0, StorageType::f32, 0, 16, false, 0}) == nullptr);
  WEFT_EXPECT(open(file, {0, 1024, StorageType::f32, -16, -16, false, 0}) == nullptr);
  WEFT_EXPECT(open(file, {0, 0, StorageType::f32, huge, 4, false, 0}) == nullptr);
  WEFT_EXPECT(open(file, {huge, 34, StorageType::q8_0, 1, 32, false, 0}) == nullptr);
  WEFT_EXPECT(open(file, {0, 34, StorageType::q8_0, 32, 1, false, 0}) == nullptr);
  WEFT_EXPECT(open(file, {0, 34, StorageType::q8_0, 32, 1, true, 0}) != nullptr);
  WEFT_EXPECT(open(file, {0, 1024, static_cast<StorageType>(99), 16, 16, false, 0}) == nullptr);
  WEFT_EXPECT(open(file, {0, 1024, StorageType::f32, 16, 16, false, 3}) == nullptr);
  WEFT_EXPECT(open(file, {0, 1024, StorageType::f32, 16, 16, false, 16}) == nullptr);
  WEFT_EXPECT(open(file, {0, 1024, StorageType::f32, 16, 16, false, -2}) == nullptr);
  WEFT_EXPECT(open(file, {0, 1024, StorageType::f32, 16, 16, true, 2}) == nullptr);
}

WEFT_TEST(mappedFileSaysWhatIsWrong) {
  std::shared_ptr<const MappedFile> mapped;
  const TemporaryFile empty({});
  WEFT_EXPECT(MappedFile::open(empty.path(), &mapped).message().find("is empty") != std::string::npos);
  const std::string absent = empty.path() + ".absent";
  WEFT_EXPECT(MappedFile::open(absent, &mapped).message().find("cannot be opened") != std::string::npos);
  const std::string folder = std::filesystem::temp_directory_path().string();
  WEFT_EXPECT(MappedFile::open(folder, &mapped).message().find("not a regular file") != std::string::npos);
  WEFT_EXPECT(mapped == nullptr);
}

WEFT_TEST(readersOfSeveralThreadsGivePagesBackAndStayRight) {
  const int64_t rows = 3000, cols = 1024;
  const std::vector<float> values = countingValues(rows * cols);
  const TemporaryFile file(bytesOf(values));
  const auto source = open(file, {0, rows * cols * 4, StorageType::f32, rows, cols, false, 0});
  WEFT_REQUIRE(source != nullptr);
  const RowReader reader = source->reader();
  std::atomic<int> wrong = 0;
  const auto work = [&] {
    std::vector<float> row(static_cast<size_t>(cols));
    for (int64_t r = 0; r < rows; ++r) {
      reader.read(r, 1, row.data());
      wrong += std::memcmp(row.data(), values.data() + r * cols, row.size() * 4) != 0;
    }
  };
  std::thread other(work);
  work();
  other.join();
  WEFT_EXPECT(wrong == 0);
}

}  // namespace weft
