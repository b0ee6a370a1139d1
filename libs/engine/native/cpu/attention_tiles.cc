#include "cpu/attention_tiles.h"

#include <algorithm>

namespace weft::WEFT_ISA {
namespace {

int64_t firstKeyOf(const Sequence& sequence, int64_t query, int64_t window) {
  const int64_t last = sequence.keysBefore + query + 1;
  return window > 0 ? std::max<int64_t>(0, last - window) : 0;
}

// What a tile costs, in keys times queries, with a share for packing and softmax.
int64_t costOf(const Sequence& sequence, int64_t firstQuery, int64_t queries, int64_t window) {
  const int64_t keys = sequence.keysBefore + firstQuery + queries - firstKeyOf(sequence, firstQuery, window);
  return queries * (keys + kKeyBlock / 2);
}

template <typename Body>
void forTiles(const std::vector<Sequence>& sequences, const Heads& heads, const Body& body) {
  const int64_t step = tileQueries(heads);
  for (const Sequence& sequence : sequences) {
    for (int64_t kvHead = 0; kvHead < heads.kvHeads; ++kvHead) {
      for (int64_t query = 0; query < sequence.queries; query += step) {
        body(sequence, kvHead, query, std::min(step, sequence.queries - query));
      }
    }
  }
}

using Quad = float __attribute__((vector_size(16)));
using LooseQuad = float __attribute__((vector_size(16), aligned(4), may_alias));
using QuadWords = int32_t __attribute__((vector_size(16)));

// out[j * outStride + i] = in[i][j] for 4 rows of 4.
inline void turnQuad(const float* const (&in)[4], float* out, int64_t outStride) {
  const Quad a = *reinterpret_cast<const LooseQuad*>(in[0]), b = *reinterpret_cast<const LooseQuad*>(in[1]);
  const Quad c = *reinterpret_cast<const LooseQuad*>(in[2]), d = *reinterpret_cast<const LooseQuad*>(in[3]);
  const Quad ab = __builtin_shuffle(a, b, QuadWords{0, 4, 1, 5}), cd = __builtin_shuffle(c, d, QuadWords{0, 4, 1, 5});
  const Quad ef = __builtin_shuffle(a, b, QuadWords{2, 6, 3, 7}), gh = __builtin_shuffle(c, d, QuadWords{2, 6, 3, 7});
  *reinterpret_cast<LooseQuad*>(out) = __builtin_shuffle(ab, cd, QuadWords{0, 1, 4, 5});
  *reinterpret_cast<LooseQuad*>(out + outStride) = __builtin_shuffle(ab, cd, QuadWords{2, 3, 6, 7});
  *reinterpret_cast<LooseQuad*>(out + 2 * outStride) = __builtin_shuffle(ef, gh, QuadWords{0, 1, 4, 5});
  *reinterpret_cast<LooseQuad*>(out + 3 * outStride) = __builtin_shuffle(ef, gh, QuadWords{2, 3, 6, 7});
}

}  // namespace

Status readHeads(const Call& call, Heads* heads) {
  const double* attributes = call.attributes;
  heads->heads = static_cast<int64_t>(attributes[0]);
  heads->kvHeads = static_cast<int64_t>(attributes[1]);
  heads->headDim = static_cast<int64_t>(attributes[2]);
  heads->scale = static_cast<float>(attributes[3]);
  heads->window = static_cast<int64_t>(attributes[4]);
  WEFT_CHECK(heads->kvHeads > 0 && heads->heads > 0 && heads->heads % heads->kvHeads == 0);
  WEFT_CHECK(heads->headDim > 0 && heads->window >= 0);
  return Status::ok();
}

Status checkStarts(const Tensor& starts, int64_t rows) {
  WEFT_CHECK(starts.size() >= 1);
  const int32_t* bounds = starts.i32();
  WEFT_CHECK(bounds[0] == 0 && bounds[starts.size() - 1] == rows);
  for (int64_t i = 1; i < starts.size(); ++i) WEFT_CHECK(bounds[i] >= bounds[i - 1]);
  return Status::ok();
}

std::vector<Sequence> sequencesOf(const Tensor& starts, const Heads& heads, const Tensor& k, const Tensor& v,
                                  const Tensor& prefixKeys, const Tensor& prefixValues) {
  const int64_t stride = heads.kvHeads * heads.headDim;
  const int64_t before = prefixKeys.absent() ? 0 : prefixKeys.rows;
  std::vector<Sequence> sequences;
  sequences.reserve(static_cast<size_t>(starts.size()));
  for (int64_t i = 0; i + 1 < starts.size(); ++i) {
    const int64_t first = starts.i32()[i], count = starts.i32()[i + 1] - first;
    if (count == 0) continue;
    sequences.push_back({first, count, before, KeyRows{prefixKeys.f32(), before, k.f32() + first * stride},
                         KeyRows{prefixValues.f32(), before, v.f32() + first * stride}});
  }
  return sequences;
}

int64_t mostKeys(const std::vector<Sequence>& sequences) {
  int64_t most = 0;
  for (const Sequence& sequence : sequences) most = std::max(most, sequence.keyCount());
  return most;
}

std::vector<Tile> tilesOf(const std::vector<Sequence>& sequences, const Heads& heads, int thread, int threads) {
  int64_t total = 0;
  forTiles(sequences, heads, [&](const Sequence& sequence, int64_t, int64_t query, int64_t count) {
    total += costOf(sequence, query, count, heads.window);
  });
  std::vector<Tile> tiles;
  int64_t before = 0;
  forTiles(sequences, heads, [&](const Sequence& sequence, int64_t kvHead, int64_t query, int64_t count) {
    const int64_t cost = costOf(sequence, query, count, heads.window);
    // The thread in whose share the middle of the tile lies.
    const bool isOurs = (2 * before + cost) * threads / (2 * total) == thread;
    before += cost;
    if (!isOurs) return;
    const bool enters = tiles.empty() || tiles.back().sequence != &sequence || tiles.back().kvHead != kvHead;
    if (enters && !tiles.empty()) tiles.back().leavesHead = true;
    tiles.push_back({&sequence, kvHead, query, count, firstKeyOf(sequence, query, heads.window),
                     sequence.keysBefore + query + count, query == 0, enters, false});
  });
  if (!tiles.empty()) tiles.back().leavesHead = true;
  return tiles;
}

void packTurned(const KeyRows& rows, int64_t firstRow, int64_t count, const Heads& heads, int64_t kvHead, float* out) {
  const int64_t stride = heads.kvHeads * heads.headDim, headDim = heads.headDim, whole = headDim / 4 * 4;
  static constexpr float zeros[4] = {};
  for (int64_t key = 0; key < kKeyBlock; key += 4) {
    const float* from[4];
    for (int64_t i = 0; i < 4; ++i) {
      from[i] = key + i < count ? rows.row(firstRow + key + i, stride) + kvHead * headDim : nullptr;
    }
    for (int64_t d = 0; d < whole; d += 4) {
      const float* in[4];
      for (int64_t i = 0; i < 4; ++i) in[i] = from[i] != nullptr ? from[i] + d : zeros;
      turnQuad(in, out + d * kKeyBlock + key, kKeyBlock);
    }
    for (int64_t d = whole; d < headDim; ++d) {
      for (int64_t i = 0; i < 4; ++i) out[d * kKeyBlock + key + i] = from[i] != nullptr ? from[i][d] : 0.0f;
    }
  }
}

void packRows(const KeyRows& rows, int64_t firstRow, int64_t count, const Heads& heads, int64_t kvHead, float* out) {
  const int64_t stride = heads.kvHeads * heads.headDim, headDim = heads.headDim, depth = heads.depth();
  for (int64_t i = 0; i < count; ++i, out += depth) {
    std::copy_n(rows.row(firstRow + i, stride) + kvHead * headDim, headDim, out);
    std::fill_n(out + headDim, depth - headDim, 0.0f);
  }
}

void packQueries(const Tile& tile, const float* x, const Heads& heads, float factor, float* out) {
  const int64_t headDim = heads.headDim, depth = heads.depth(), group = heads.group();
  const int64_t stride = heads.heads * headDim;
  const float* in = x + (tile.sequence->firstQuery + tile.firstQuery) * stride + tile.kvHead * group * headDim;
  for (int64_t query = 0; query < tile.queries; ++query, in += stride) {
    for (int64_t head = 0; head < group; ++head, out += depth) {
      for (int64_t d = 0; d < headDim; ++d) out[d] = in[head * headDim + d] * factor;
      std::fill_n(out + headDim, depth - headDim, 0.0f);
    }
  }
}

}  // namespace weft::WEFT_ISA
