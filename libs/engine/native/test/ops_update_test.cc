#include "test/ops_support.h"

namespace weft::test {
namespace {

// Philox4x32-10 as its paper gives it, one counter at a time.
void philox(uint32_t (&c)[4], uint32_t k0, uint32_t k1) {
  for (int round = 0; round < 10; ++round, k0 += 0x9e3779b9u, k1 += 0xbb67ae85u) {
    const uint64_t a = uint64_t{0xd2511f53u} * c[0], b = uint64_t{0xcd9e8d57u} * c[2];
    const uint32_t next[4] = {static_cast<uint32_t>(b >> 32) ^ c[1] ^ k0, static_cast<uint32_t>(b),
                              static_cast<uint32_t>(a >> 32) ^ c[3] ^ k1, static_cast<uint32_t>(a)};
    std::copy(next, next + 4, c);
  }
}

uint32_t bitsOf(int64_t element, uint32_t k0, uint32_t k1, uint32_t stream) {
  const int64_t group = element / 128, i = element % 128, j = i / 16;
  const uint64_t block = static_cast<uint64_t>(16 * group + i % 16);
  uint32_t counter[4] = {static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32), stream, 0};
  philox(counter, k0, k1);
  return j % 2 == 0 ? counter[j / 2] & 0xffffu : counter[j / 2] >> 16;
}

}  // namespace

// The vectors published with the algorithm.
WEFT_TEST(ops_philox_reference_gives_the_published_numbers) {
  uint32_t zeros[4] = {0, 0, 0, 0};
  philox(zeros, 0, 0);
  WEFT_EXPECT(zeros[0] == 0x6627e8d5u && zeros[1] == 0xe169c58du && zeros[2] == 0xbc57ac4cu && zeros[3] == 0x9b00dbd8u);
  uint32_t pi[4] = {0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u};
  philox(pi, 0xa4093822u, 0x299f31d0u);
  WEFT_EXPECT(pi[0] == 0xd16cfe09u && pi[1] == 0x94fdccebu && pi[2] == 0x5001e420u && pi[3] == 0x24126ea1u);
}

WEFT_TEST(ops_dropout_draws_the_documented_mask) {
  forMachines([&](Machine& machine) {
    for (const int64_t size : {0, 1, 17, 127, 128, 129, 5000, 20'000}) {
      std::vector<int32_t> seed = {-5, 77};
      Array x = Array::random(1, size, 1), y(1, size);
      WEFT_EXPECT_OK(machine.run("dropout", {x.tensor(), integers(seed)}, {y.tensor()}, {0.3, 9}));
      const float scale = static_cast<float>(1.0 / (1.0 - 0.3));
      bool same = true;
      for (int64_t i = 0; i < size; ++i) {
        const bool keep = bitsOf(i, static_cast<uint32_t>(-5), 77, 9) >= 19661;
        same = same && y[i] == (keep ? x[i] * scale : 0.0f);
      }
      WEFT_EXPECT(same && y.isIntact());
      WEFT_EXPECT_OK(machine.run("dropout", {x.tensor(), integers(seed)}, {x.tensor()}, {0.3, 9}));
      WEFT_EXPECT(x.hasSameBits(y));
    }
  });
}

WEFT_TEST(ops_dropout_keeps_all_at_zero_and_the_mean_elsewhere) {
  forMachines([&](Machine& machine) {
    constexpr int64_t size = 200'000;
    std::vector<int32_t> seed = {1, 2};
    Array x(1, size, 1.0f), y(1, size), other(1, size);
    WEFT_EXPECT_OK(machine.run("dropout", {x.tensor(), integers(seed)}, {y.tensor()}, {0.0, 0}));
    WEFT_EXPECT(y.hasSameBits(x));
    WEFT_EXPECT_OK(machine.run("dropout", {x.tensor(), integers(seed)}, {y.tensor()}, {0.1, 0}));
    WEFT_EXPECT_OK(machine.run("dropout", {x.tensor(), integers(seed)}, {other.tensor()}, {0.1, 1}));
    double sum = 0, both = 0;
    for (int64_t i = 0; i < size; ++i) {
      sum += static_cast<double>(y[i]);
      both += y[i] == 0.0f && other[i] == 0.0f ? 1 : 0;
    }
    // Five standard deviations of the mean of 200,000 draws, and of the share that two streams drop together.
    WEFT_EXPECT_NEAR(sum / size, 1.0, 5 * std::sqrt(0.1 / 0.9 / size));
    WEFT_EXPECT_NEAR(both / size, 0.01, 5 * std::sqrt(0.01 * 0.99 / size));
  });
}

WEFT_TEST(ops_squared_norm) {
  forMachines([&](Machine& machine) {
    for (const int64_t size : {0, 1, 31, 8192, 70'001}) {
      Array g = Array::random(1, size, 3, 10.0f), norm(1, 1);
      double expected = 0;
      for (const double v : g.doubles()) expected += v * v;
      WEFT_EXPECT_OK(machine.run("squared_norm", {g.tensor()}, {norm.tensor()}));
      WEFT_EXPECT_NEAR(static_cast<double>(norm[0]), expected, 1e-7 * expected);
    }
  });
}

WEFT_TEST(ops_adamw_follows_its_algorithm_and_zeroes_the_gradient) {
  forMachines([&](Machine& machine) {
    for (const int64_t size : {0, 1, 33, 40'000}) {
      Array p = Array::random(1, size, 1), m(1, size), v(1, size);
      Doubles ps = p.doubles(), ms(ps.size()), vs(ps.size());
      const double rate = 1e-2, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, decay = 0.1, scale = 0.5;
      for (int step = 1; step <= 3; ++step) {
        Array g = Array::random(1, size, static_cast<uint32_t>(step) + 5);
        Array hyper = Array::of(1, 8, {static_cast<float>(rate), static_cast<float>(beta1), static_cast<float>(beta2),
                                       static_cast<float>(epsilon), static_cast<float>(decay),
                                       static_cast<float>(1 - std::pow(beta1, step)),
                                       static_cast<float>(1 - std::pow(beta2, step)), static_cast<float>(scale)});
        for (size_t i = 0; i < ps.size(); ++i) {
          const double gradient = scale * static_cast<double>(g[static_cast<int64_t>(i)]);
          ms[i] = beta1 * ms[i] + (1 - beta1) * gradient;
          vs[i] = beta2 * vs[i] + (1 - beta2) * gradient * gradient;
          const double first = ms[i] / (1 - std::pow(beta1, step)), second = vs[i] / (1 - std::pow(beta2, step));
          ps[i] -= rate * decay * ps[i];
          ps[i] -= rate * first / (std::sqrt(second) + epsilon);
        }
        WEFT_EXPECT_OK(machine.run("adamw", {p.tensor(), g.tensor(), m.tensor(), v.tensor(), hyper.tensor()}, {}));
        expectClose(context, "adamw by " + machine.name(), p, ps, 2e-6);
        expectClose(context, "adamw m by " + machine.name(), m, ms, 1e-6);
        expectClose(context, "adamw v by " + machine.name(), v, vs, 1e-6);
        expectClose(context, "adamw g by " + machine.name(), g, Doubles(ps.size()), 0);
      }
    }
  });
}

}  // namespace weft::test
