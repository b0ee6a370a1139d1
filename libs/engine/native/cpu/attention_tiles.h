// What forward and backward attention share: the work in tiles of queries, its split among threads, and keys and values
// packed for the products.
//
// A tile is some neighbouring queries of one sequence times the `group` heads that share a key head; its rows are
// (query, head) pairs, heads innermost. Keys of a sequence are counted from the first it can see: the prefix, or what
// lies in the cache, then its own.
#pragma once

#include <vector>

#include "cpu/small_product.h"
#include "runtime/kernel.h"

namespace weft::WEFT_ISA {

struct Heads {
  int64_t heads, kvHeads, headDim;
  float scale;
  int64_t window;  // 0: no limit

  int64_t group() const { return heads / kvHeads; }
  // headDim filled up with zeros to whole vectors.
  int64_t depth() const { return roundUpToLanes(headDim); }
};

Status readHeads(const Call& call, Heads* heads);

// Rows of keys (or values) of one sequence, [count, kvHeads * headDim].
struct KeyRows {
  const float* prefix = nullptr;
  int64_t prefixCount = 0;
  const float* own = nullptr;

  const float* row(int64_t key, int64_t stride) const {
    return key < prefixCount ? prefix + key * stride : own + (key - prefixCount) * stride;
  }
};

struct Sequence {
  int64_t firstQuery;  // row of q
  int64_t queries;
  int64_t keysBefore;  // keys before the one that belongs to the first query
  KeyRows keys;
  KeyRows values;

  int64_t keyCount() const { return keysBefore + queries; }
};

// Fails unless the bounds ascend from 0 to `rows`.
Status checkStarts(const Tensor& starts, int64_t rows);

// The sequences of `attention`: own keys k and v, before them the shared prefix.
std::vector<Sequence> sequencesOf(const Tensor& starts, const Heads& heads, const Tensor& k, const Tensor& v,
                                  const Tensor& prefixKeys, const Tensor& prefixValues);

int64_t mostKeys(const std::vector<Sequence>& sequences);

constexpr int64_t kKeyBlock = 64;
constexpr int64_t kTileRows = 48;

static inline int64_t keyBlocks(int64_t keys) { return (keys + kKeyBlock - 1) / kKeyBlock; }

// Queries of a tile, so that it has about kTileRows rows.
static inline int64_t tileQueries(const Heads& heads) {
  return heads.group() >= kTileRows ? 1 : kTileRows / heads.group();
}

struct Tile {
  const Sequence* sequence;
  int64_t kvHead;
  int64_t firstQuery, queries;  // within the sequence
  int64_t firstKey, lastKey;    // that any of its queries sees
  bool opensHead;               // the first tile of this sequence and key head
  bool entersHead;              // the first of them that this thread has
  bool leavesHead;              // the last of them that this thread has

  // Keys [first, last) that one of its queries sees.
  int64_t lastKeyOf(int64_t query) const { return sequence->keysBefore + firstQuery + query + 1; }
  int64_t firstKeyOf(int64_t query, int64_t window) const {
    const int64_t last = lastKeyOf(query);
    return window > 0 && last > window ? last - window : 0;
  }
};

// The tiles of one thread, in the order sequence, key head, queries; each thread has one run of about the same work.
std::vector<Tile> tilesOf(const std::vector<Sequence>& sequences, const Heads& heads, int thread, int threads);

// Columns [first, last) of a block of keys that a row sees; `all` where every row sees every column.
struct Columns {
  int64_t first, last;
};
static inline Columns visibleColumns(const Tile& tile, int64_t query, int64_t window, int64_t block, int64_t count) {
  const int64_t begin = block * kKeyBlock;
  const int64_t first = tile.firstKeyOf(query, window) - begin, last = tile.lastKeyOf(query) - begin;
  return {first < 0 ? 0 : first > count ? count : first, last < 0 ? 0 : last > count ? count : last};
}

// out[depth][kKeyBlock]: `count` rows of headDim numbers turned, zero in columns beyond them.
void packTurned(const KeyRows& rows, int64_t firstRow, int64_t count, const Heads& heads, int64_t kvHead, float* out);
// out[count][depth]: rows copied, zero in columns beyond headDim.
void packRows(const KeyRows& rows, int64_t firstRow, int64_t count, const Heads& heads, int64_t kvHead, float* out);
// out[queries * group][depth]: the tile's rows of x[t, heads * headDim], times `factor`.
void packQueries(const Tile& tile, const float* x, const Heads& heads, float factor, float* out);

}  // namespace weft::WEFT_ISA
