import { WeftError } from '@weft/errors';
import type { Node, Program, Value } from '../program.ts';
import { resolveDimension } from '../shape.ts';
import { GraphWriter, type RealType } from './graph-writer.ts';
import { lowerings } from './lowerings/index.ts';
import { elementTypes, encodeModel, type OnnxTensorData, type OnnxValueInfo } from './schema.ts';

export interface LowerOptions {
  /** Default float32. */
  readonly real?: RealType;
  /** Weights and parameters to store in the model, by name; all others become inputs of the graph. */
  readonly initializers?: ReadonlyMap<string, Float32Array>;
}

export interface LoweredProgram {
  /** The bytes of an .onnx file; inputs and outputs bear the Program's names, outputs with `output:` before them. */
  readonly model: Uint8Array;
  /** What a run has to feed. */
  readonly inputs: readonly Value[];
}

/**
 * Lowers a Program to an ONNX model with the same inputs, weights and outputs.
 *
 * @throws WeftError `ONNX_OP_UNSUPPORTED` for an op that has no ONNX form: dropout, updates, most gradients.
 */
export function lowerProgram(program: Program, options: LowerOptions = {}): LoweredProgram {
  const graph = new GraphWriter(options.real ?? 'float32');
  const names = new Map<Value, string>();
  const used = new Set<Value>();
  for (const value of program.values) if (value.kind !== 'computed') names.set(value, value.name);
  for (const node of program.nodes) {
    for (const input of node.inputs) if (input !== null && input.kind !== 'computed') used.add(input);
    const outputs = lowerNode(graph, node, names);
    node.outputs.forEach((output, index) => {
      const name = outputs[index];
      if (name !== undefined) names.set(output, name);
    });
  }
  for (const [name, value] of program.outputs) graph.rename(names.get(value) ?? value.name, `output:${name}`);
  const inputs = [...used].filter((value) => options.initializers?.has(value.name) !== true);
  const stored = [...used].filter((value) => !inputs.includes(value));
  const model = encodeModel({
    name: 'program',
    node: graph.nodes,
    initializer: [...graph.constants.values(), ...stored.map((value) => encodeWeight(value, graph, options))],
    input: inputs.map((value) => describe(value, value.name, graph)),
    output: [...program.outputs].map(([name, value]) => describe(value, `output:${name}`, graph)),
  });
  return { model, inputs };
}

function lowerNode(graph: GraphWriter, node: Node, names: ReadonlyMap<Value, string>): readonly string[] {
  const lowering = lowerings.get(node.op.name);
  if (lowering === undefined) {
    throw new WeftError({
      code: 'ONNX_OP_UNSUPPORTED',
      kind: 'invalid',
      message: `op '${node.op.name}' has no ONNX form`,
      field: node.op.name,
      remedy: 'lower a Program for inference, without dropout, gradients or updates',
    });
  }
  const value = (index: number): Value => {
    const input = node.inputs[index] ?? null;
    if (input === null) throw new RangeError(`op '${node.op.name}' has no input ${index}`);
    return input;
  };
  return lowering({
    graph,
    node,
    value,
    input: (index) => names.get(value(index)) ?? value(index).name,
    optional: (index) => {
      const input = node.inputs[index] ?? null;
      return input === null ? null : (names.get(input) ?? input.name);
    },
    attribute: (name) => node.attributes[name] ?? 0,
  });
}

function describe(value: Value, name: string, graph: GraphWriter): OnnxValueInfo {
  const elemType = elementTypes[value.dtype === 'i32' ? 'int32' : graph.real];
  const dim = value.shape.map((dimension) =>
    typeof dimension === 'number' ? { dimValue: dimension } : { dimParam: dimension },
  );
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

function encodeWeight(value: Value, graph: GraphWriter, options: LowerOptions): OnnxTensorData {
  const numbers = options.initializers?.get(value.name) ?? new Float32Array();
  const data = graph.real === 'float32' ? numbers : Float64Array.from(numbers);
  return {
    name: value.name,
    dims: value.shape.map((dimension) => resolveDimension(dimension, {})),
    dataType: elementTypes[graph.real],
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}
