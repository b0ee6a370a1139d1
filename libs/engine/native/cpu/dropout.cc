// y = x * mask / (1 - p), x of any shape taken as a flat array; y may be x's memory. The mask is a pure function of
// (seed, stream, index), so the backward pass calls the same kernel on the gradient, and no thread count or instruction
// set changes it.
//
// Random bits are Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3") with
//   key = (seed[0], seed[1]),  counter = (block mod 2^32, block div 2^32, stream, 0).
// Elements come in groups of 128, each served by 16 blocks. For element e with group = e div 128, i = e mod 128:
//   block = 16 * group + i mod 16,  j = i div 16 (0 to 7)
//   bits  = the lower (j even) or upper (j odd) 16 bits of output word j div 2
// so that one vector of blocks yields runs of neighbouring elements. The element is kept iff bits >= round(65536 p).
#include "cpu/elementwise.h"
#include "cpu/kernels.h"

namespace weft::WEFT_ISA {
namespace {

constexpr int64_t kGroup = 128;
constexpr int64_t kBlocksOfGroup = 16;

struct Products {
  Words high;
  Words low;
};

// The 64-bit products of every lane with one factor.
Products multiplyWide(Words a, uint32_t factor) {
#if defined(__AVX512F__)
  const __m512i x = reinterpret_cast<__m512i>(a), f = _mm512_set1_epi32(static_cast<int32_t>(factor));
  const __m512i even = _mm512_maskz_mul_epu32(0xff, x, f);
  const __m512i odd = _mm512_maskz_mul_epu32(0xff, _mm512_maskz_srli_epi64(0xff, x, 32), f);
  const __m512i high = _mm512_mask_blend_epi32(0xaaaa, _mm512_maskz_srli_epi64(0xff, even, 32), odd);
  const __m512i low = _mm512_mask_blend_epi32(0xaaaa, even, _mm512_maskz_slli_epi64(0xff, odd, 32));
  return {reinterpret_cast<Words>(high), reinterpret_cast<Words>(low)};
#elif defined(__AVX2__)
  const __m256i x = reinterpret_cast<__m256i>(a), f = _mm256_set1_epi32(static_cast<int32_t>(factor));
  const __m256i even = _mm256_mul_epu32(x, f), odd = _mm256_mul_epu32(_mm256_srli_epi64(x, 32), f);
  const __m256i high = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa);
  const __m256i low = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
  return {reinterpret_cast<Words>(high), reinterpret_cast<Words>(low)};
#else
  Products products;
  for (int i = 0; i < kLanes; ++i) {
    const uint64_t product = static_cast<uint64_t>(a[i]) * factor;
    products.high[i] = static_cast<uint32_t>(product >> 32);
    products.low[i] = static_cast<uint32_t>(product);
  }
  return products;
#endif
}

struct Random {
  Words word[4];
};

Random philox(Words blockLow, Words blockHigh, uint32_t stream, uint32_t key0, uint32_t key1) {
  Random c{{blockLow, blockHigh, Words{} + stream, Words{}}};
  for (int round = 0; round < 10; ++round) {
    const Products a = multiplyWide(c.word[0], 0xd2511f53u), b = multiplyWide(c.word[2], 0xcd9e8d57u);
    c = {{b.high ^ c.word[1] ^ key0, b.low, a.high ^ c.word[3] ^ key1, a.low}};
    key0 += 0x9e3779b9u;
    key1 += 0xbb67ae85u;
  }
  return c;
}

struct Mask {
  uint32_t threshold;
  float scale;
  uint32_t stream, key0, key1;
};

Words laneIndices() {
  Words indices;
  for (int i = 0; i < kLanes; ++i) indices[i] = static_cast<uint32_t>(i);
  return indices;
}

// factor[128] = scale where the element of the group is kept, 0 elsewhere.
void maskOfGroup(const Mask& mask, int64_t group, float* factor) {
  const Words lanes = laneIndices();
  for (int64_t first = 0; first < kBlocksOfGroup; first += kLanes) {
    // A group's blocks never straddle a multiple of 2^32, so the low word does not carry.
    const uint64_t block = static_cast<uint64_t>(group * kBlocksOfGroup + first);
    const Random random = philox(lanes + static_cast<uint32_t>(block), Words{} + static_cast<uint32_t>(block >> 32),
                                 mask.stream, mask.key0, mask.key1);
    for (int j = 0; j < 8; ++j) {
      const Words word = random.word[j / 2];
      const Words bits = j % 2 == 0 ? word & 0xffffu : word >> 16;
      store(factor + j * kBlocksOfGroup + first, bits >= mask.threshold ? splat(mask.scale) : Vector{});
    }
  }
}

}  // namespace

Status dropout(const Call& call) {
  const Tensor &x = call.inputs[0], &seed = call.inputs[1], &y = call.outputs[0];
  const double probability = call.attributes[0];
  WEFT_CHECK(y.size() == x.size() && seed.size() == 2 && probability >= 0.0 && probability <= 1.0);
  Mask mask;
  mask.threshold = static_cast<uint32_t>(std::lround(probability * 65536.0));
  mask.scale = static_cast<float>(1.0 / (1.0 - probability));
  mask.stream = static_cast<uint32_t>(static_cast<int64_t>(call.attributes[1]));
  mask.key0 = static_cast<uint32_t>(seed.i32()[0]);
  mask.key1 = static_cast<uint32_t>(seed.i32()[1]);
  const float* in = x.f32();
  float* out = y.f32();
  const int64_t count = x.size(), groups = (count + kGroup - 1) / kGroup;
  call.pool.parallelFor(groups, kElementGrain / kGroup / 4, [=](int64_t begin, int64_t end, int) {
    alignas(64) float factor[kGroup];
    for (int64_t group = begin; group < end; ++group) {
      maskOfGroup(mask, group, factor);
      const int64_t first = group * kGroup;
      forVectors(0, std::min(kGroup, count - first), [&](int64_t i, auto lanes) {
        store(out + first + i, load(in + first + i, lanes) * load(factor + i, lanes), lanes);
      });
    }
  });
  return Status::ok();
}

}  // namespace weft::WEFT_ISA
