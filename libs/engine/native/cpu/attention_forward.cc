// Softmax is taken block of keys by block of keys, with a running maximum and sum per row (Milakov and Gimelshein 2018;
// Dao et al. 2022), in powers of two: q is packed times scale * log2 e.
#include "cpu/attention_forward.h"

#include <algorithm>
#include <cmath>

namespace weft::WEFT_ISA {
namespace {

// What one thread holds. Keys and values of a sequence and key head stay packed while its tiles pass by.
struct Workspace {
  float* turnedKeys;  // [blocks][headDim][kKeyBlock]
  float* values;      // [keys][depth]
  float* q;           // [rows][depth]
  float* out;         // [rows][depth]
  float* scores;      // [rows][kKeyBlock]
  float* maximum;     // [rows]
  float* sum;         // [rows]
  int64_t packedUntil = 0;  // block
};

struct Sizes {
  int64_t blocks, rows;
  int64_t headDim, depth;

  int64_t elements() const {
    return blocks * kKeyBlock * (headDim + depth) + rows * (2 * depth + kKeyBlock + 2) + kLanes;
  }
};

Workspace layOut(float* memory, const Sizes& sizes) {
  Workspace space;
  auto take = [&](int64_t count) {
    float* part = memory;
    memory += count;
    return part;
  };
  space.turnedKeys = take(sizes.blocks * kKeyBlock * sizes.headDim);
  space.values = take(sizes.blocks * kKeyBlock * sizes.depth);
  space.q = take(sizes.rows * sizes.depth);
  space.out = take(sizes.rows * sizes.depth);
  space.scores = take(sizes.rows * kKeyBlock);
  space.maximum = take(sizes.rows);
  space.sum = take(sizes.rows);
  return space;
}

void packUntil(const Tile& tile, const Heads& heads, int64_t lastBlock, Workspace& space) {
  for (; space.packedUntil < lastBlock; ++space.packedUntil) {
    const int64_t first = space.packedUntil * kKeyBlock;
    const int64_t count = std::min(kKeyBlock, tile.sequence->keyCount() - first);
    packTurned(tile.sequence->keys, first, count, heads, tile.kvHead, space.turnedKeys + first * heads.headDim);
    packRows(tile.sequence->values, first, count, heads, tile.kvHead, space.values + first * heads.depth());
  }
}

// Takes one row's scores [columns] into its running maximum and sum and turns them into powers of two; scales what was
// summed before to the new maximum.
void softmaxRow(float* scores, int64_t columns, float* out, int64_t depth, float* maximum, float* sum) {
  Vector most = load(scores);
  for (int64_t i = kLanes; i < columns; i += kLanes) most = atLeast(load(scores + i), most);
  const float before = *maximum;
  const float found = maxOf(most);
  const float now = found > before ? found : before;
  // Nothing seen yet: any finite shift does, and -inf would give NaN.
  const float shift = now == -INFINITY ? 0.0f : now;
  Vector total{};
  for (int64_t i = 0; i < columns; i += kLanes) {
    const Vector power = exponential2(load(scores + i) - shift);
    store(scores + i, power);
    total += power;
  }
  if (now != before && before != -INFINITY) {
    const float factor = std::exp2(before - now);
    *sum *= factor;
    for (int64_t i = 0; i < depth; i += kLanes) store(out + i, load(out + i) * factor);
  }
  *sum += sumOf(total);
  *maximum = now;
}

void maskScores(const Tile& tile, const Heads& heads, int64_t block, int64_t columns, float* scores) {
  const int64_t group = heads.group();
  for (int64_t query = 0; query < tile.queries; ++query) {
    const Columns seen = visibleColumns(tile, query, heads.window, block, columns);
    if (seen.first == 0 && seen.last == columns) continue;
    for (int64_t head = 0; head < group; ++head) {
      float* row = scores + (query * group + head) * kKeyBlock;
      std::fill(row, row + seen.first, -INFINITY);
      std::fill(row + seen.last, row + columns, -INFINITY);
    }
  }
}

void attendBlock(const Tile& tile, const Heads& heads, int64_t block, Workspace& space) {
  const int64_t rows = tile.queries * heads.group(), depth = heads.depth();
  const int64_t keys = std::min(kKeyBlock, tile.lastKey - block * kKeyBlock), columns = roundUpToLanes(keys);
  multiplySmall({rows, columns, heads.headDim, space.q, depth, 1, space.turnedKeys + block * kKeyBlock * heads.headDim,
                 kKeyBlock, space.scores, kKeyBlock, false});
  maskScores(tile, heads, block, columns, space.scores);
  for (int64_t row = 0; row < rows; ++row) {
    softmaxRow(space.scores + row * kKeyBlock, columns, space.out + row * depth, depth, space.maximum + row, space.sum + row);
  }
  multiplySmall({rows, depth, keys, space.scores, kKeyBlock, 1, space.values + block * kKeyBlock * depth, depth, space.out,
                 depth, true});
}

void writeTile(const Tile& tile, const Heads& heads, const Workspace& space, const ForwardRows& rows) {
  const int64_t headDim = heads.headDim, group = heads.group();
  for (int64_t query = 0; query < tile.queries; ++query) {
    const int64_t token = tile.sequence->firstQuery + tile.firstQuery + query;
    for (int64_t g = 0; g < group; ++g) {
      const int64_t row = query * group + g, head = tile.kvHead * group + g;
      const float* from = space.out + row * heads.depth();
      float* to = rows.out + (token * heads.heads + head) * headDim;
      const float factor = 1.0f / space.sum[row];
      for (int64_t d = 0; d < headDim; ++d) to[d] = from[d] * factor;
      if (rows.logSumExp == nullptr) continue;
      rows.logSumExp[token * heads.heads + head] = kLn2 * (space.maximum[row] + std::log2(space.sum[row]));
    }
  }
}

void attendTile(const Tile& tile, const Heads& heads, const ForwardRows& rows, Workspace& space) {
  const int64_t firstBlock = tile.firstKey / kKeyBlock, lastBlock = keyBlocks(tile.lastKey);
  if (tile.entersHead) space.packedUntil = firstBlock;
  packUntil(tile, heads, lastBlock, space);
  packQueries(tile, rows.q, heads, heads.scale * kLog2E, space.q);
  const int64_t count = tile.queries * heads.group();
  std::fill_n(space.out, count * heads.depth(), 0.0f);
  std::fill_n(space.maximum, count, -INFINITY);
  std::fill_n(space.sum, count, 0.0f);
  for (int64_t block = firstBlock; block < lastBlock; ++block) attendBlock(tile, heads, block, space);
  writeTile(tile, heads, space, rows);
}

}  // namespace

Status attendTiles(ThreadPool& pool, const std::vector<Sequence>& sequences, const Heads& heads, const ForwardRows& rows) {
  if (sequences.empty()) return Status::ok();
  const Sizes sizes{keyBlocks(mostKeys(sequences)), tileQueries(heads) * heads.group(), heads.headDim, heads.depth()};
  const size_t bytes = static_cast<size_t>(sizes.elements()) * sizeof(float);
  const int threads = pool.threads();
  for (int thread = 0; thread < threads; ++thread) {
    WEFT_CHECK(pool.scratch(thread, ThreadPool::kernelSlot, bytes) != nullptr);
  }
  pool.run([&](int thread) {
    Workspace space = layOut(static_cast<float*>(pool.scratch(thread, ThreadPool::kernelSlot, bytes)), sizes);
    for (const Tile& tile : tilesOf(sequences, heads, thread, threads)) attendTile(tile, heads, rows, space);
  });
  return Status::ok();
}

}  // namespace weft::WEFT_ISA
