#include <memory>

#include "io/weight_source.h"
#include "test/ops_support.h"

namespace weft::test {

WEFT_TEST(ops_embedding_reads_dense_tables_and_sources) {
  forMachines([&](Machine& machine) {
    Array table = Array::random(50, 13, 1);
    std::vector<int32_t> ids = {4, 0, 49, 4, 7};
    Array y(5, 13), fromSource(5, 13), dTable(50, 13, 3.0f), dy = Array::random(5, 13, 2);
    WEFT_EXPECT_OK(machine.run("embedding", {table.tensor(), integers(ids)}, {y.tensor()}));
    for (int64_t i = 0; i < y.size(); ++i) WEFT_EXPECT(y[i] == table[ids[static_cast<size_t>(i / 13)] * 13 + i % 13]);

    std::unique_ptr<WeightSource> source;
    WEFT_EXPECT_OK(WeightSource::createInMemory(std::vector<float>(&table[0], &table[0] + 650), 50, 13, &source));
    Tensor stored;
    stored.rows = 50;
    stored.cols = 13;
    stored.source = source.get();
    WEFT_EXPECT_OK(machine.run("embedding", {stored, integers(ids)}, {fromSource.tensor()}));
    WEFT_EXPECT(fromSource.hasSameBits(y));

    Doubles expected(650);
    for (int64_t i = 0; i < dy.size(); ++i) {
      expected[static_cast<size_t>(ids[static_cast<size_t>(i / 13)] * 13 + i % 13)] += static_cast<double>(dy[i]);
    }
    WEFT_EXPECT_OK(machine.run("embedding_grad", {dy.tensor(), integers(ids)}, {dTable.tensor()}));
    expectClose(context, "embedding_grad by " + machine.name(), dTable, expected, 1e-6);
  });
}

WEFT_TEST(ops_embedding_refuses_ids_outside_of_the_table) {
  forMachines([&](Machine& machine) {
    Array table = Array::random(50, 13, 1), y(1, 13);
    for (const int32_t id : {-1, 50}) {
      std::vector<int32_t> ids = {id};
      const Status status = machine.run("embedding", {table.tensor(), integers(ids)}, {y.tensor()});
      WEFT_EXPECT(status.message().find(std::to_string(id)) != std::string::npos);
    }
  });
}

WEFT_TEST(ops_gather_and_scatter_rows) {
  forMachines([&](Machine& machine) {
    Array x = Array::random(40, 33, 1), dx(40, 33, 2.0f);
    std::vector<int32_t> rows = {39, 2, 2, 17};
    Array y(4, 33);
    WEFT_EXPECT_OK(machine.run("gather_rows", {x.tensor(), integers(rows)}, {y.tensor()}));
    for (int64_t i = 0; i < y.size(); ++i) WEFT_EXPECT(y[i] == x[rows[static_cast<size_t>(i / 33)] * 33 + i % 33]);
    Doubles expected(40 * 33);
    for (int64_t i = 0; i < y.size(); ++i) {
      expected[static_cast<size_t>(rows[static_cast<size_t>(i / 33)] * 33 + i % 33)] += static_cast<double>(y[i]);
    }
    WEFT_EXPECT_OK(machine.run("scatter_rows", {y.tensor(), integers(rows)}, {dx.tensor()}));
    expectClose(context, "scatter_rows by " + machine.name(), dx, expected, 1e-7);

    std::vector<int32_t> none;
    Array empty(0, 33);
    WEFT_EXPECT_OK(machine.run("gather_rows", {x.tensor(), integers(none)}, {empty.tensor()}));
    WEFT_EXPECT_OK(machine.run("scatter_rows", {empty.tensor(), integers(none)}, {dx.tensor()}));
    expectClose(context, "scatter of nothing", dx, Doubles(40 * 33), 0);
  });
}

WEFT_TEST(ops_rope_table_is_exact_at_large_positions) {
  forMachines([&](Machine& machine) {
    std::vector<int32_t> positions = {0, 1, 77, 131071};
    Array frequencies(1, 5), table(4, 10);
    for (int64_t i = 0; i < 5; ++i) frequencies[i] = static_cast<float>(std::pow(10000.0, -static_cast<double>(i) / 5));
    Doubles expected;
    for (const int32_t position : positions) {
      for (const bool sine : {false, true}) {
        for (int64_t i = 0; i < 5; ++i) {
          const double angle = position * static_cast<double>(frequencies[i]);
          expected.push_back(1.25 * (sine ? std::sin(angle) : std::cos(angle)));
        }
      }
    }
    WEFT_EXPECT_OK(machine.run("rope_table", {integers(positions), frequencies.tensor()}, {table.tensor()}, {1.25}));
    expectClose(context, "rope_table by " + machine.name(), table, expected, 1e-7);
  });
}

WEFT_TEST(ops_rope_turns_the_first_dims_of_each_head) {
  forMachines([&](Machine& machine) {
    for (const int64_t f : {0, 3, 16, 20}) {
      const int64_t headDim = 2 * f + 3, heads = 3, tokens = 5, width = heads * headDim;
      Array x = Array::random(tokens, width, 1), table = Array::random(tokens, 2 * f, 2), y(tokens, width);
      for (const int inverse : {0, 1}) {
        Doubles expected = x.doubles();
        for (int64_t at = 0; at < tokens * heads; ++at) {
          const int64_t token = at / heads;
          for (int64_t i = 0; i < f; ++i) {
            const double c = static_cast<double>(table[token * 2 * f + i]);
            const double s = static_cast<double>(table[token * 2 * f + f + i]) * (inverse == 1 ? -1 : 1);
            const double a = static_cast<double>(x[at * headDim + i]), b = static_cast<double>(x[at * headDim + f + i]);
            expected[static_cast<size_t>(at * headDim + i)] = a * c - b * s;
            expected[static_cast<size_t>(at * headDim + f + i)] = b * c + a * s;
          }
        }
        const std::vector<double> attributes = {static_cast<double>(headDim), static_cast<double>(inverse)};
        WEFT_EXPECT_OK(machine.run("rope", {x.tensor(), table.tensor()}, {y.tensor()}, attributes));
        expectClose(context, "rope by " + machine.name(), y, expected, 1e-6);
        Array same = x;
        WEFT_EXPECT_OK(machine.run("rope", {same.tensor(), table.tensor()}, {same.tensor()}, attributes));
        WEFT_EXPECT(same.hasSameBits(y));
      }
    }
  });
}

}  // namespace weft::test
