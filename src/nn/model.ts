import { access } from 'node:fs/promises';
import type { InferenceSession } from 'onnxruntime-node';
import { UsageError } from '../errors.ts';
import { checkContract } from './contract.ts';
import type { ModelContract, TensorDescription } from './contract.ts';
import { createSession, float32Data, mayHaveGpu, obstacleTo, onnxRuntime } from './runtime.ts';
import type { Provider } from './runtime.ts';

export const deviceNames = ['auto', 'cpu', 'webgpu', 'cuda'] as const;
/** What a user asks for: `auto` takes a GPU where one really computes faster. */
export type DeviceName = (typeof deviceNames)[number];

export interface LoadOptions {
  readonly device: DeviceName;
  /** Threads of one run on the CPU. */
  readonly threads: number;
}

/** A float32 tensor, row-major. Not in shared memory: ONNX Runtime refuses it. */
export interface Float32Tensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** A network ready to run. */
export interface Model {
  readonly file: string;
  /** Where it really computes. */
  readonly provider: Provider;
  /** Why it does not compute where it was asked to (for `auto`: why on no GPU); null where nothing fell back. */
  readonly fallbackReason: string | null;
  /** Runs the network once. Blocks the calling thread until the result is there: call it in a worker. */
  run(inputs: Readonly<Record<string, Float32Tensor>>): Promise<Record<string, Float32Array>>;
  /** Frees the session; the model must not be used afterwards. */
  release(): Promise<void>;
}

/**
 * Opens a network, checks that it is of the kind expected and finds out where it can run.
 * A device that cannot run it is replaced by the CPU, and `fallbackReason` says why.
 * @throws UsageError where the file is missing, is no ONNX model or breaks the contract.
 */
export async function loadModel(file: string, contract: ModelContract, options: LoadOptions): Promise<Model> {
  const cpu = await openOnCpu(file, contract, options.threads);
  const refusals: string[] = [];
  for (const provider of providersToTry(options.device, refusals)) {
    const attempt = await tryAccelerator(file, contract, provider, cpu, options);
    if (typeof attempt !== 'string') {
      await cpu.release();
      return toModel(file, attempt, contract, provider, null);
    }
    refusals.push(`${provider}: ${attempt}`);
  }
  return toModel(file, cpu, contract, 'cpu', refusals.length > 0 ? refusals.join('; ') : null);
}

/**
 * What a file takes and gives, to tell what kind of network it is.
 * @throws UsageError where the file is missing or no ONNX model
 */
export async function inspectModel(
  file: string,
): Promise<{ readonly inputs: TensorDescription[]; readonly outputs: TensorDescription[] }> {
  const session = await openSession(file, 1);
  const description = { inputs: describeAll(session.inputMetadata), outputs: describeAll(session.outputMetadata) };
  await session.release();
  return description;
}

async function openOnCpu(file: string, contract: ModelContract, threads: number): Promise<InferenceSession> {
  const session = await openSession(file, threads);
  try {
    checkContract(file, contract, describeAll(session.inputMetadata), describeAll(session.outputMetadata));
  } catch (error) {
    await session.release();
    throw error;
  }
  return session;
}

async function openSession(file: string, threads: number): Promise<InferenceSession> {
  await access(file).catch(() => {
    throw new UsageError(`expected a model file but found nothing at ${file}`);
  });
  return createSession(file, { provider: 'cpu', threads }).catch((error: Error) => {
    throw new UsageError(`${file}: expected an ONNX model that ONNX Runtime can load (${firstSentence(error)})`);
  });
}

function describeAll(metadata: readonly InferenceSession.ValueMetadata[]): TensorDescription[] {
  return metadata.map((value) =>
    value.isTensor
      ? { name: value.name, type: value.type, shape: value.shape }
      : { name: value.name, type: 'not a tensor', shape: [] },
  );
}

function providersToTry(device: DeviceName, refusals: string[]): Provider[] {
  if (device === 'cpu') return [];
  if (device === 'auto' && !mayHaveGpu()) {
    refusals.push('no GPU found on this machine');
    return [];
  }
  return device === 'auto' ? ['cuda', 'webgpu'] : [device];
}

/** The session on an accelerator that gives the CPU's numbers (and, for `auto`, gives them faster), or why there is none. */
async function tryAccelerator(
  file: string,
  contract: ModelContract,
  provider: Provider,
  cpu: InferenceSession,
  { device, threads }: LoadOptions,
): Promise<InferenceSession | string> {
  const obstacle = obstacleTo(provider);
  if (obstacle) return obstacle;
  let session: InferenceSession | null = null;
  try {
    session = await createSession(file, { provider, threads });
    const inputs = probeInputs(contract, device === 'auto' ? 64 : 2);
    const expected = await timedRun(cpu, inputs, contract);
    // The first run compiles shaders or loads kernels.
    await timedRun(session, inputs, contract);
    const found = await timedRun(session, inputs, contract);
    const problem = !agree(found.outputs, expected.outputs)
      ? 'its numbers differ from the CPU’s'
      : device === 'auto' && found.milliseconds > expected.milliseconds
        ? `slower than the CPU here (${found.milliseconds.toFixed(0)} against ${expected.milliseconds.toFixed(0)} ms a batch)`
        : null;
    if (!problem) return session;
    await session.release();
    return problem;
  } catch (error) {
    await session?.release();
    return firstSentence(error as Error);
  }
}

/** Fixed inputs that exercise every layer: a smooth wave of values around 0 and 1. */
function probeInputs(contract: ModelContract, batch: number): Record<string, Float32Tensor> {
  return Object.fromEntries(
    contract.inputs.map(({ name, shape }) => {
      const sizes = shape.map((size) => (typeof size === 'number' ? size : batch));
      const count = sizes.reduce((product, size) => product * size, 1);
      return [name, { data: Float32Array.from({ length: count }, (_, i) => Math.sin(i * 0.37)), shape: sizes }];
    }),
  );
}

async function timedRun(
  session: InferenceSession,
  inputs: Record<string, Float32Tensor>,
  contract: ModelContract,
): Promise<{ outputs: Float32Array[]; milliseconds: number }> {
  const start = performance.now();
  const outputs = await runSession(session, inputs, contract);
  return { outputs: Object.values(outputs), milliseconds: performance.now() - start };
}

/** Accelerators round differently (TF32, fused operations): a hundredth of the largest value is no fault. */
function agree(found: readonly Float32Array[], expected: readonly Float32Array[]): boolean {
  return expected.every((values, i) => {
    const scale = values.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-3);
    return values.every((value, j) => Math.abs(found[i][j] - value) <= 0.01 * scale);
  });
}

async function runSession(
  session: InferenceSession,
  inputs: Readonly<Record<string, Float32Tensor>>,
  contract: ModelContract,
): Promise<Record<string, Float32Array>> {
  const { Tensor } = onnxRuntime();
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, { data, shape }]) => [name, new Tensor('float32', data, shape)]),
  );
  const results = await session.run(
    feeds,
    contract.outputs.map(({ name }) => name),
  );
  return Object.fromEntries(contract.outputs.map(({ name }) => [name, float32Data(results[name])]));
}

function toModel(
  file: string,
  session: InferenceSession,
  contract: ModelContract,
  provider: Provider,
  fallbackReason: string | null,
): Model {
  return {
    file,
    provider,
    fallbackReason,
    run: (inputs) => runSession(session, inputs, contract),
    release: () => session.release(),
  };
}

/** ONNX Runtime's messages start with source paths and end in stack traces: the last clause of the first line says what is wrong. */
function firstSentence(error: Error): string {
  const line = error.message.split('\n', 1)[0].trim();
  return line.replace(/^.*?(?:was false\.|FAIL :|INVALID_ARGUMENT :|NOT_IMPLEMENTED :)\s*/, '').slice(0, 300);
}
