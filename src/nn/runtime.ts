import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { InferenceSession, OnnxValue } from 'onnxruntime-node';
import type * as OnnxRuntime from 'onnxruntime-node';

/** Where ONNX Runtime computes: its execution providers that Tessera uses. */
export type Provider = 'cpu' | 'webgpu' | 'cuda';

export interface SessionOptions {
  readonly provider: Provider;
  /** Threads of one run on the CPU. */
  readonly threads: number;
}

const require = createRequire(import.meta.url);

/** Loads the native library on first use, so that commands without a network start fast. */
export function onnxRuntime(): typeof OnnxRuntime {
  return require('onnxruntime-node') as typeof OnnxRuntime;
}

/**
 * Opens a session on the bytes or file of a model. `run` of the session blocks the thread that calls it: call it in
 * a worker.
 * @throws Error of ONNX Runtime where the model cannot be read or the provider does not exist on this machine.
 */
export async function createSession(model: string | Uint8Array, options: SessionOptions): Promise<InferenceSession> {
  const { InferenceSession } = onnxRuntime();
  const settings: InferenceSession.SessionOptions = {
    executionProviders: [options.provider],
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // Errors come as exceptions; warnings (nodes placed on the CPU …) are of no use to a user.
    logSeverityLevel: 3,
    // Idle threads of one session would otherwise spin on the cores that another session needs.
    extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
  };
  return typeof model === 'string'
    ? InferenceSession.create(model, settings)
    : InferenceSession.create(model, settings);
}

/** The elements of a float32 tensor. */
export function float32Data(value: OnnxValue | undefined): Float32Array {
  if (!value || value.type !== 'float32') throw new TypeError(`expected a float32 tensor, received ${value?.type}`);
  return value.data as Float32Array;
}

/**
 * Why a provider cannot work here, or null where it is worth a try. Asked first because a failing try prints lines of
 * native libraries to stderr that nobody can switch off.
 */
export function obstacleTo(provider: Provider): string | null {
  if (provider === 'cuda') return obstacleToCuda();
  if (
    provider === 'webgpu' &&
    !onnxRuntime()
      .listSupportedBackends()
      .some((backend) => backend.name === 'webgpu')
  ) {
    return 'this build of ONNX Runtime has no WebGPU';
  }
  return null;
}

function obstacleToCuda(): string | null {
  const library = { linux: 'libonnxruntime_providers_cuda.so', win32: 'onnxruntime_providers_cuda.dll' };
  if (process.platform !== 'linux' && process.platform !== 'win32') return `there is no CUDA on ${process.platform}`;
  const root = dirname(require.resolve('onnxruntime-node/package.json'));
  const file = join(root, 'bin', 'napi-v6', process.platform, process.arch, library[process.platform]);
  return existsSync(file)
    ? null
    : 'the CUDA libraries of ONNX Runtime are not installed (npm rebuild onnxruntime-node --onnxruntime-node-install=cuda12)';
}

/**
 * Whether this machine may have a GPU. On Linux every GPU shows as a device node; without one, a Vulkan driver that
 * answers computes on the CPU, slower than the CPU provider does. Elsewhere a GPU is the rule.
 */
export function mayHaveGpu(): boolean {
  if (process.platform !== 'linux') return true;
  return ['/dev/dri', '/dev/nvidiactl', '/dev/dxg', '/dev/kfd', '/dev/mali0'].some((path) => existsSync(path));
}
