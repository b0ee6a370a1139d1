#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>

#include "io/dequantise.h"
#include "io/half.h"
#include "test/test.h"

namespace weft {

namespace {

struct Vector {
  char name[8];
  uint32_t rows, cols, bytes;
  std::vector<uint8_t> stored;
  std::vector<float> values;
};

// Written by tools/oracle/formats/make_dequantise_vectors.py, which describes the layout.
std::vector<Vector> readVectors() {
  std::ifstream file(test::fixturePath("dequantise.bin"), std::ios::binary);
  std::vector<Vector> vectors;
  for (;;) {
    Vector vector;
    file.read(vector.name, 8);
    file.read(reinterpret_cast<char*>(&vector.rows), 12);
    if (!file) return vectors;
    vector.stored.resize(vector.bytes);
    vector.values.resize(static_cast<size_t>(vector.rows) * vector.cols);
    file.read(reinterpret_cast<char*>(vector.stored.data()), static_cast<std::streamsize>(vector.stored.size()));
    file.read(reinterpret_cast<char*>(vector.values.data()), static_cast<std::streamsize>(vector.values.size() * 4));
    vectors.push_back(std::move(vector));
  }
}

}  // namespace

WEFT_TEST(dequantiseEqualsTheReferenceForEveryType) {
  const std::vector<Vector> vectors = readVectors();
  WEFT_REQUIRE(vectors.size() == storageTypeCount);
  for (const Vector& vector : vectors) {
    StorageType type;
    WEFT_REQUIRE(storageTypeFromName(vector.name, &type));
    const StorageTraits& traits = traitsOf(type);
    const auto count = static_cast<int64_t>(vector.values.size()) / traits.blockValues;
    WEFT_REQUIRE(count * traits.blockBytes == static_cast<int64_t>(vector.stored.size()));
    std::vector<float> values(vector.values.size());
    dequantise(type, vector.stored.data(), count, values.data());
    double worst = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      // A compiler that fuses the product and the sum may differ in the last bit.
      const double allowed = 1e-6 * (std::fabs(vector.values[i]) + 1e-9) + 1e-8;
      worst = std::fmax(worst, std::fabs(values[i] - vector.values[i]) / allowed);
    }
    WEFT_EXPECT_NEAR(worst, 0, 1);
  }
}

WEFT_TEST(halfToFloatIsExactForAllBitPatterns) {
  int wrong = 0;
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const int exponent = (bits >> 10) & 31;
    const int fraction = bits & 1023;
    const double sign = bits & 0x8000 ? -1 : 1;
    const float actual = halfToFloat(static_cast<uint16_t>(bits));
    if (exponent == 31) {
      wrong += fraction == 0 ? actual != static_cast<float>(sign * INFINITY) : !std::isnan(actual);
    } else {
      const double magnitude =
          exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
      wrong += actual != static_cast<float>(sign * magnitude) || std::signbit(actual) != (sign < 0);
    }
  }
  WEFT_EXPECT(wrong == 0);
}

WEFT_TEST(storageTypesHaveDistinctNames) {
  for (int32_t i = 0; i < storageTypeCount; ++i) {
    StorageType type;
    WEFT_REQUIRE(storageTypeFromName(traitsOf(static_cast<StorageType>(i)).name, &type));
    WEFT_EXPECT(static_cast<int32_t>(type) == i);
  }
  StorageType type;
  WEFT_EXPECT(!storageTypeFromName("IQ2_XS", &type));
  WEFT_EXPECT(!storageTypeFromName("", &type));
}

}  // namespace weft
