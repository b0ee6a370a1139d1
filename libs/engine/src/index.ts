export { type DifferentiateOptions, differentiate, gradientName } from './autodiff.ts';
export { costOf, type NodeCost, programFlops } from './cost.ts';
export type {
  CompileOptions,
  ComputeType,
  DeviceInfo,
  Executor,
  NumberArray,
  OpProfile,
  Session,
  StorageType,
  Weight,
  WeightDescriptor,
} from './executor.ts';
export { type MemoryPlan, planMemory } from './memory-plan.ts';
export { type CpuExecutorOptions, openCpuExecutor } from './native/cpu-executor.ts';
export { type LoweredProgram, type LowerOptions, lowerProgram } from './onnx/lower-program.ts';
export { type OnnxExecutorOptions, openOnnxExecutor } from './onnx/onnx-executor.ts';
export { loadOnnxRuntime, type OnnxRuntime } from './onnx/onnx-runtime.ts';
export * as ops from './ops/index.ts';
export { optimise } from './optimise.ts';
export type { Attributes, Node, OpDefinition, Program, Value } from './program.ts';
export { ProgramBuilder } from './program-builder.ts';
export { type Dimension, type DimensionBindings, elementCount, type Shape } from './shape.ts';
