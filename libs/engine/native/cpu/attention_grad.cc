// Gradients of attention. With P = exp(scale q k^T - logSumExp), computed again block by block:
//   dv = P^T dOut,  dS = P (dOut v^T - rowsum(dOut out)),  dq = scale dS k,  dk = scale dS^T q.
//
// Each thread walks its own tiles of queries and sums dk and dv of the sequence and key head it is in. Where such a
// head is split between threads, the thread that has its first tile writes dk and dv; the others leave their sums in
// shared memory, from where they are added in the order of threads. The prefix is seen by all sequences, so every
// thread has sums of its own for it.
#include <algorithm>

#include "cpu/attention_tiles.h"
#include "cpu/kernels.h"

namespace weft::WEFT_ISA {
namespace {

struct Problem {
  Heads heads;
  const float *dOut, *q, *out, *logSumExp;
  float *dq, *dk, *dv;
  float *dPrefixKeys = nullptr, *dPrefixValues = nullptr;
  int64_t prefixCount = 0;
};

// What one thread holds.
struct Workspace {
  float *turnedKeys, *turnedValues;  // [blocks][headDim][kKeyBlock]
  float* keys;                       // [keys][depth]
  float *dKeys, *dValues;            // [keys][depth]
  float *q, *dOut, *dq;              // [rows][depth]
  float *powers, *slopes;            // [rows][kKeyBlock]: P and dS
  float *logSums, *pulls;            // [rows]: log2 of the sum; rowsum(dOut out)
  int64_t packedUntil = 0;           // block
};

struct Sizes {
  int64_t blocks, rows;
  int64_t headDim, depth;

  int64_t elements() const {
    return blocks * kKeyBlock * (2 * headDim + 3 * depth) + rows * (3 * depth + 2 * kKeyBlock + 2);
  }
};

// Sums that a thread could not write, because the first tile of their head belongs to another.
struct Leftover {
  const Sequence* sequence = nullptr;
  int64_t kvHead = 0;
  float *dKeys = nullptr, *dValues = nullptr;              // [keys][depth]
  float *dPrefixKeys = nullptr, *dPrefixValues = nullptr;  // [prefix, KV hd]
};

Workspace layOut(float* memory, const Sizes& sizes) {
  auto take = [&](int64_t count) {
    float* part = memory;
    memory += count;
    return part;
  };
  const int64_t keys = sizes.blocks * kKeyBlock;
  Workspace space;
  space.turnedKeys = take(keys * sizes.headDim);
  space.turnedValues = take(keys * sizes.headDim);
  space.keys = take(keys * sizes.depth);
  space.dKeys = take(keys * sizes.depth);
  space.dValues = take(keys * sizes.depth);
  space.q = take(sizes.rows * sizes.depth);
  space.dOut = take(sizes.rows * sizes.depth);
  space.dq = take(sizes.rows * sizes.depth);
  space.powers = take(sizes.rows * kKeyBlock);
  space.slopes = take(sizes.rows * kKeyBlock);
  space.logSums = take(sizes.rows);
  space.pulls = take(sizes.rows);
  return space;
}

void packUntil(const Tile& tile, const Heads& heads, int64_t lastBlock, Workspace& space) {
  const Sequence& sequence = *tile.sequence;
  for (; space.packedUntil < lastBlock; ++space.packedUntil) {
    const int64_t first = space.packedUntil * kKeyBlock;
    const int64_t count = std::min(kKeyBlock, sequence.keyCount() - first);
    packTurned(sequence.keys, first, count, heads, tile.kvHead, space.turnedKeys + first * heads.headDim);
    packTurned(sequence.values, first, count, heads, tile.kvHead, space.turnedValues + first * heads.headDim);
    packRows(sequence.keys, first, count, heads, tile.kvHead, space.keys + first * heads.depth());
  }
}

float dot(const float* a, const float* b, int64_t count) {
  Vector sum{};
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) sum += load(a + i) * load(b + i);
  float total = sumOf(sum);
  for (; i < count; ++i) total += a[i] * b[i];
  return total;
}

void prepareRows(const Tile& tile, const Problem& problem, Workspace& space) {
  const Heads& heads = problem.heads;
  const int64_t group = heads.group(), headDim = heads.headDim;
  packQueries(tile, problem.q, heads, heads.scale * kLog2E, space.q);
  packQueries(tile, problem.dOut, heads, 1.0f, space.dOut);
  std::fill_n(space.dq, tile.queries * group * heads.depth(), 0.0f);
  for (int64_t query = 0; query < tile.queries; ++query) {
    const int64_t token = tile.sequence->firstQuery + tile.firstQuery + query;
    for (int64_t g = 0; g < group; ++g) {
      const int64_t row = query * group + g, at = token * heads.heads + tile.kvHead * group + g;
      space.logSums[row] = problem.logSumExp[at] * kLog2E;
      space.pulls[row] = dot(problem.dOut + at * headDim, problem.out + at * headDim, headDim);
    }
  }
}

// From scores and dP of one row to P and dS, zero in columns that the row does not see.
void softmaxGradientRow(float* powers, float* slopes, int64_t columns, const Columns& seen, float logSum, float pull) {
  for (int64_t i = 0; i < columns; i += kLanes) {
    const Vector power = exponential2(load(powers + i) - logSum);
    store(powers + i, power);
    store(slopes + i, power * (load(slopes + i) - pull));
  }
  for (float* row : {powers, slopes}) {
    std::fill(row, row + seen.first, 0.0f);
    std::fill(row + seen.last, row + columns, 0.0f);
  }
}

void differentiateBlock(const Tile& tile, const Heads& heads, int64_t block, Workspace& space) {
  const int64_t group = heads.group(), rows = tile.queries * group, depth = heads.depth(), headDim = heads.headDim;
  const int64_t first = block * kKeyBlock, keys = std::min(kKeyBlock, tile.lastKey - first), columns = roundUpToLanes(keys);
  multiplySmall({rows, columns, headDim, space.q, depth, 1, space.turnedKeys + first * headDim, kKeyBlock, space.powers,
                 kKeyBlock, false});
  multiplySmall({rows, columns, headDim, space.dOut, depth, 1, space.turnedValues + first * headDim, kKeyBlock,
                 space.slopes, kKeyBlock, false});
  for (int64_t query = 0; query < tile.queries; ++query) {
    const Columns seen = visibleColumns(tile, query, heads.window, block, columns);
    for (int64_t row = query * group; row < (query + 1) * group; ++row) {
      softmaxGradientRow(space.powers + row * kKeyBlock, space.slopes + row * kKeyBlock, columns, seen,
                         space.logSums[row], space.pulls[row]);
    }
  }
  multiplySmall({keys, depth, rows, space.powers, 1, kKeyBlock, space.dOut, depth, space.dValues + first * depth, depth, true});
  multiplySmall({keys, depth, rows, space.slopes, 1, kKeyBlock, space.q, depth, space.dKeys + first * depth, depth, true});
  multiplySmall({rows, depth, keys, space.slopes, kKeyBlock, 1, space.keys + first * depth, depth, space.dq, depth, true});
}

void writeQueryGradient(const Tile& tile, const Problem& problem, const Workspace& space) {
  const Heads& heads = problem.heads;
  const int64_t group = heads.group(), headDim = heads.headDim;
  for (int64_t query = 0; query < tile.queries; ++query) {
    const int64_t token = tile.sequence->firstQuery + tile.firstQuery + query;
    for (int64_t g = 0; g < group; ++g) {
      const float* from = space.dq + (query * group + g) * heads.depth();
      float* to = problem.dq + (token * heads.heads + tile.kvHead * group + g) * headDim;
      for (int64_t d = 0; d < headDim; ++d) to[d] = from[d] * heads.scale;
    }
  }
}

// out[key] (+)= factor * sums[key] for `count` keys of one key head.
void writeRows(const float* sums, int64_t count, const Heads& heads, int64_t kvHead, float factor, bool add, float* out) {
  const int64_t stride = heads.kvHeads * heads.headDim, depth = heads.depth();
  out += kvHead * heads.headDim;
  for (int64_t key = 0; key < count; ++key, sums += depth, out += stride) {
    for (int64_t d = 0; d < heads.headDim; ++d) out[d] = factor * sums[d] + (add ? out[d] : 0.0f);
  }
}

// q was packed times log2 e, so its sums are.
constexpr float kKeyFactor = kLn2;

void writeOwnKeys(const Sequence& sequence, int64_t kvHead, const Problem& problem, const float* dKeys,
                  const float* dValues, bool add) {
  const Heads& heads = problem.heads;
  const int64_t skip = problem.prefixCount * heads.depth(), to = sequence.firstQuery * heads.kvHeads * heads.headDim;
  writeRows(dKeys + skip, sequence.queries, heads, kvHead, kKeyFactor, add, problem.dk + to);
  writeRows(dValues + skip, sequence.queries, heads, kvHead, 1.0f, add, problem.dv + to);
}

void leaveHead(const Tile& tile, bool wroteFirstTile, const Problem& problem, const Workspace& space, Leftover& leftover) {
  const Heads& heads = problem.heads;
  if (problem.prefixCount > 0) {
    writeRows(space.dKeys, problem.prefixCount, heads, tile.kvHead, kKeyFactor, true, leftover.dPrefixKeys);
    writeRows(space.dValues, problem.prefixCount, heads, tile.kvHead, 1.0f, true, leftover.dPrefixValues);
  }
  if (wroteFirstTile) {
    writeOwnKeys(*tile.sequence, tile.kvHead, problem, space.dKeys, space.dValues, false);
    return;
  }
  const int64_t count = tile.sequence->keyCount() * heads.depth();
  leftover.sequence = tile.sequence;
  leftover.kvHead = tile.kvHead;
  std::copy_n(space.dKeys, count, leftover.dKeys);
  std::copy_n(space.dValues, count, leftover.dValues);
}

void differentiateTiles(const std::vector<Tile>& tiles, const Problem& problem, Workspace& space, Leftover& leftover) {
  const Heads& heads = problem.heads;
  bool hasFirstTile = false;
  for (const Tile& tile : tiles) {
    const int64_t firstBlock = tile.firstKey / kKeyBlock, lastBlock = keyBlocks(tile.lastKey);
    if (tile.entersHead) {
      hasFirstTile = tile.opensHead;
      space.packedUntil = firstBlock;
      const int64_t count = tile.sequence->keyCount() * heads.depth();
      std::fill_n(space.dKeys, count, 0.0f);
      std::fill_n(space.dValues, count, 0.0f);
    }
    packUntil(tile, heads, lastBlock, space);
    prepareRows(tile, problem, space);
    for (int64_t block = firstBlock; block < lastBlock; ++block) differentiateBlock(tile, heads, block, space);
    writeQueryGradient(tile, problem, space);
    if (tile.leavesHead) leaveHead(tile, hasFirstTile, problem, space, leftover);
  }
}

// Adds what threads left to the gradients, in the order of threads.
void addLeftovers(const std::vector<Leftover>& leftovers, const Problem& problem) {
  const int64_t prefixSize = problem.prefixCount * problem.heads.kvHeads * problem.heads.headDim;
  if (prefixSize > 0) {
    std::fill_n(problem.dPrefixKeys, prefixSize, 0.0f);
    std::fill_n(problem.dPrefixValues, prefixSize, 0.0f);
  }
  for (const Leftover& leftover : leftovers) {
    if (leftover.sequence != nullptr) {
      writeOwnKeys(*leftover.sequence, leftover.kvHead, problem, leftover.dKeys, leftover.dValues, true);
    }
    for (int64_t i = 0; i < prefixSize; ++i) {
      problem.dPrefixKeys[i] += leftover.dPrefixKeys[i];
      problem.dPrefixValues[i] += leftover.dPrefixValues[i];
    }
  }
}

Status run(ThreadPool& pool, const std::vector<Sequence>& sequences, const Problem& problem) {
  const Heads& heads = problem.heads;
  const int threads = pool.threads();
  const Sizes sizes{keyBlocks(mostKeys(sequences)), tileQueries(heads) * heads.group(), heads.headDim, heads.depth()};
  const size_t bytes = static_cast<size_t>(sizes.elements()) * sizeof(float);
  for (int thread = 0; thread < threads; ++thread) {
    WEFT_CHECK(pool.scratch(thread, ThreadPool::kernelSlot, bytes) != nullptr);
  }
  // With one thread no head is split.
  const int64_t splitSize = threads > 1 ? mostKeys(sequences) * heads.depth() : 0;
  const int64_t prefixSize = problem.prefixCount * heads.kvHeads * heads.headDim;
  const int64_t perThread = 2 * (splitSize + prefixSize);
  float* shared = static_cast<float*>(pool.sharedScratch(static_cast<size_t>(perThread * threads) * sizeof(float)));
  WEFT_CHECK(shared != nullptr || perThread == 0);
  std::vector<Leftover> leftovers(static_cast<size_t>(threads));
  pool.run([&](int thread) {
    float* mine = shared + thread * perThread;
    Leftover& leftover = leftovers[static_cast<size_t>(thread)];
    leftover = {nullptr, 0, mine, mine + splitSize, mine + 2 * splitSize, mine + 2 * splitSize + prefixSize};
    std::fill_n(leftover.dPrefixKeys, 2 * prefixSize, 0.0f);
    Workspace space = layOut(static_cast<float*>(pool.scratch(thread, ThreadPool::kernelSlot, bytes)), sizes);
    differentiateTiles(tilesOf(sequences, heads, thread, threads), problem, space, leftover);
  });
  addLeftovers(leftovers, problem);
  return Status::ok();
}

}  // namespace

// dOut, q, out, dq [t, H hd]; k, v, dk, dv [t, KV hd]; logSumExp [t, H].
Status attentionGrad(const Call& call) {
  Problem problem;
  if (Status status = readHeads(call, &problem.heads); !status.isOk()) return status;
  const Heads& heads = problem.heads;
  const Tensor *in = call.inputs, *out = call.outputs;
  const Tensor prefixKeys = call.inputCount > 7 ? in[7] : Tensor{}, prefixValues = call.inputCount > 8 ? in[8] : Tensor{};
  const int64_t tokens = in[1].rows, width = heads.heads * heads.headDim, keyWidth = heads.kvHeads * heads.headDim;
  WEFT_CHECK(call.inputCount >= 7 && in[1].cols == width && in[2].cols == keyWidth && in[2].rows == tokens);
  WEFT_CHECK(in[0].size() == tokens * width && in[3].size() == in[2].size() && in[4].size() == tokens * width);
  WEFT_CHECK(in[5].size() == tokens * heads.heads);
  WEFT_CHECK(out[0].size() == tokens * width && out[1].size() == in[2].size() && out[2].size() == in[2].size());
  WEFT_CHECK(prefixKeys.absent() == prefixValues.absent() && prefixKeys.size() == prefixValues.size());
  if (Status status = checkStarts(in[6], tokens); !status.isOk()) return status;
  problem.dOut = in[0].f32();
  problem.q = in[1].f32();
  problem.out = in[4].f32();
  problem.logSumExp = in[5].f32();
  problem.dq = out[0].f32();
  problem.dk = out[1].f32();
  problem.dv = out[2].f32();
  if (!prefixKeys.absent()) {
    WEFT_CHECK(call.outputCount >= 5 && prefixKeys.cols == keyWidth);
    WEFT_CHECK(out[3].size() == prefixKeys.size() && out[4].size() == prefixKeys.size());
    problem.prefixCount = prefixKeys.rows;
    problem.dPrefixKeys = out[3].f32();
    problem.dPrefixValues = out[4].f32();
  }
  return run(call.pool, sequencesOf(in[6], heads, in[2], in[3], prefixKeys, prefixValues), problem);
}

}  // namespace weft::WEFT_ISA
