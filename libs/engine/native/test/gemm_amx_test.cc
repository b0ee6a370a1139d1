// The code for tile registers, run on tiles made of plain memory, so that it is tested on every CPU. That the hardware's
// own tiles give the same is checked by gemm_test.cc where there are some.
#define WEFT_ISA amx_emulation
#include "cpu/x86/amx_tile.h"
#undef WEFT_ISA

#include "cpu/gemm/multiply.h"
#include "test/gemm_products.h"
#include "test/test.h"

namespace weft::test {
namespace {

namespace emulation = weft::amx_emulation;

struct EmulatedTiles {
  struct State {
    bool configured = false;
    int rows[8], bytesPerRow[8];
    uint8_t data[8][16][64];
  };
  static State& state() {
    static thread_local State one;
    return one;
  }
  static void configure(const emulation::TileConfiguration* configuration) {
    State& s = state();
    s.configured = configuration->palette == 1 && configuration->startRow == 0;
    for (int t = 0; t < 8; ++t) {
      s.rows[t] = configuration->rows[t];
      s.bytesPerRow[t] = configuration->bytesPerRow[t];
    }
  }
  static void release() { state().configured = false; }
  template <int tile>
  static void zero() {
    std::memset(state().data[tile], 0, sizeof state().data[tile]);
  }
  template <int tile>
  static void load(const void* from, int64_t stride) {
    zero<tile>();
    if (!state().configured) return;
    for (int r = 0; r < state().rows[tile]; ++r) {
      std::memcpy(state().data[tile][r], static_cast<const char*>(from) + r * stride,
                  static_cast<size_t>(state().bytesPerRow[tile]));
    }
  }
  template <int tile>
  static void store(void* to, int64_t stride) {
    for (int r = 0; r < state().rows[tile]; ++r) {
      std::memcpy(static_cast<char*>(to) + r * stride, state().data[tile][r],
                  static_cast<size_t>(state().bytesPerRow[tile]));
    }
  }
  static float value(int tile, int row, int index) {
    uint16_t half;
    std::memcpy(&half, &state().data[tile][row][2 * index], 2);
    const uint32_t bits = static_cast<uint32_t>(half) << 16;
    float out;
    std::memcpy(&out, &bits, 4);
    return out;
  }
  template <int c, int a, int b>
  static void multiply() {
    for (int m = 0; m < state().rows[c]; ++m) {
      for (int n = 0; n < state().bytesPerRow[c] / 4; ++n) {
        float sum;
        std::memcpy(&sum, &state().data[c][m][4 * n], 4);
        for (int k = 0; k < state().bytesPerRow[a] / 4; ++k) {
          sum += value(a, m, 2 * k) * value(b, k, 2 * n);
          sum += value(a, m, 2 * k + 1) * value(b, k, 2 * n + 1);
        }
        std::memcpy(&state().data[c][m][4 * n], &sum, 4);
      }
    }
  }
};

uint16_t bits16(float x) {
  x = roundToBf16(x);
  uint32_t bits;
  std::memcpy(&bits, &x, 4);
  return static_cast<uint16_t>(bits >> 16);
}

// The layouts of micro_kernels.h, said once more in the plainest way.
void packRows(const RowBlock& a, int32_t rows, int32_t paddedRows, int64_t k, uint16_t* out) {
  const int64_t depth = (k + 31) / 32 * 32;
  for (int64_t i = 0; i < depth; ++i) {
    for (int64_t r = 0; r < paddedRows; ++r) {
      const bool real = r < rows && i < k;
      out[(i / 32 * paddedRows + r) * 32 + i % 32] = real ? bits16(a.data[r * a.rowStride + i * a.depthStride]) : uint16_t{0};
    }
  }
}

void packPanel(PanelFormat, const float* b, int64_t depthStride, int64_t columnStride, int64_t k, int32_t n, void* out) {
  for (int64_t i = 0; i < (k + 1) / 2 * 2; ++i) {
    for (int64_t j = 0; j < 32; ++j) {
      const bool real = j < n && i < k;
      static_cast<uint16_t*>(out)[(i / 2 * 32 + j) * 2 + i % 2] =
          real ? bits16(b[i * depthStride + j * columnStride]) : uint16_t{0};
    }
  }
}

// Rows that are too few for tiles, unpadded.
void looseTile(const TileCall& call) {
  const auto real = [](const void* from, int64_t index) {
    const uint32_t bits = static_cast<uint32_t>(static_cast<const uint16_t*>(from)[index]) << 16;
    float out;
    std::memcpy(&out, &bits, 4);
    return out;
  };
  std::vector<float> sums(static_cast<size_t>(call.rows * 32));
  for (int64_t r = 0; r < call.rows; ++r) {
    for (int64_t j = 0; j < 32; ++j) {
      for (int64_t i = 0; i < call.k; ++i) {
        sums[static_cast<size_t>(r * 32 + j)] +=
            real(call.a, (i / 32 * call.rows + r) * 32 + i % 32) * real(call.b, (i / 2 * 32 + j) * 2 + i % 2);
      }
    }
  }
  emulation::storeSums(call, sums.data());
}

MicroKernels emulatedKernels() {
  MicroKernels kernels{};
  kernels.name = "amx emulated";
  kernels.columns = emulation::kAmxColumns;
  kernels.pairDepth = emulation::kTileDepth;
  kernels.bf16Instructions = true;
  kernels.product[static_cast<int>(ProductKind::bf16)] = emulation::amxProduct<looseTile, EmulatedTiles>();
  kernels.packRowsBf16 = packRows;
  kernels.packPanel = packPanel;
  kernels.enter = emulation::enterTiles<EmulatedTiles>;
  kernels.leave = EmulatedTiles::release;
  return kernels;
}

}  // namespace

WEFT_TEST(gemmTileRegistersMatchFloat64) {
  const MicroKernels kernels = emulatedKernels();
  const Shape shapes[] = {{1, 32, 32},  {4, 40, 33},   {5, 31, 31},   {15, 64, 1},     {16, 32, 64},  {17, 33, 97},
                          {31, 65, 32}, {32, 32, 704}, {33, 64, 127}, {100, 96, 1300}, {64, 34, 4000}};
  for (const int threads : {1, 2}) {
    ThreadPool pool(threads);
    for (const Shape& s : shapes) {
      const Matrix a = randomMatrix(s.m, s.k, 1), b = randomMatrix(s.k, s.n, 2), bias = randomMatrix(1, s.n, 3);
      const Matrix start = randomMatrix(s.m, s.n, 4);
      const auto packed = gemm::packWeight(kernels, pool, readerOf(b, s.k, s.n, false), false, Compute::bf16);
      const gemm::Panels& panels = static_cast<const gemm::OwnedPanels&>(*packed).panels;
      for (int combination = 0; combination < 8; ++combination) {
        Matrix c = start;
        Gemm::Epilogue epilogue, naive;
        if ((combination & 1) != 0) epilogue.alpha = -0.5f;
        if ((combination & 2) != 0) epilogue.bias = bias.data();
        if ((combination & 4) != 0) epilogue.addend = c.data();
        naive = epilogue;
        if (naive.addend != nullptr) naive.addend = start.data();
        gemm::multiplyPanels(pool, s.m, {a.data(), s.k, 1}, panels, c.data(), s.n, epilogue);
        const Expected expected = naiveProduct(s, roundedToBf16(a), roundedToBf16(b), naive, s.n);
        WEFT_EXPECT(worstError(s, c, s.n, expected) <= kTolerance);
      }
    }
  }
}

}  // namespace weft::test
