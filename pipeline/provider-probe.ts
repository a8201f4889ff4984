import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import type { Provider } from '../src/nn/runtime.ts';
import { obstacleTo } from '../src/nn/runtime.ts';

/** Whether an execution provider of ONNX Runtime really computes here. */
export type ProviderState =
  | {
      readonly provider: Provider;
      readonly ran: true;
      /** Loading the network, and the second run of `pairs` patch pairs. */
      readonly loadMs: number;
      readonly runMs: number;
      readonly pairs: number;
    }
  | { readonly provider: Provider; readonly ran: false; readonly reason: string };

const pairs = 64;
const timeLimitMs = 60_000;

/**
 * The child's whole program, CommonJS: [onnxruntime-node, model, provider] → one line of JSON on stdout. It stands here as
 * text because the child must run the same from the sources as from the build.
 */
const program = `
const [runtime, model, provider, pairs] = process.argv.slice(1);
const { InferenceSession, Tensor } = require(runtime);
const clock = async (work) => { const start = performance.now(); await work(); return performance.now() - start; };
(async () => {
  let session;
  const options = { executionProviders: [provider], logSeverityLevel: 4 };
  const loadMs = await clock(async () => { session = await InferenceSession.create(model, options); });
  const data = Float32Array.from({ length: pairs * 2 * 64 * 64 }, (_, i) => ((i * 37) % 101) / 101 - 0.5);
  const feeds = { [session.inputNames[0]]: new Tensor('float32', data, [Number(pairs), 2, 64, 64]) };
  await session.run(feeds);
  const runMs = await clock(() => session.run(feeds));
  process.stdout.write(JSON.stringify({ loadMs, runMs }) + '\\n');
})().catch((error) => process.stdout.write(JSON.stringify({ reason: String(error.message ?? error) }) + '\\n'));
`;

/**
 * Runs the pair network at `model` on one provider, in a process of its own: native libraries may crash, and a crash is an
 * answer too.
 */
export async function probeProvider(provider: Provider, model: string): Promise<ProviderState> {
  const obstacle = obstacleTo(provider);
  if (obstacle !== null) return { provider, ran: false, reason: obstacle };
  const runtime = createRequire(import.meta.url).resolve('onnxruntime-node');
  const args = ['-e', program, runtime, model, provider, String(pairs)];
  const { output, errors, end } = await runChild(process.execPath, args);
  // The first line of a crash is in the native library's words; without any, how the process ended has to do.
  const line = output.split('\n').find((text) => text.startsWith('{'));
  if (line === undefined) return { provider, ran: false, reason: firstLine(errors) || end };
  const answer = JSON.parse(line) as { reason: string } | { loadMs: number; runMs: number };
  if ('reason' in answer) return { provider, ran: false, reason: withoutSourcePlace(firstLine(answer.reason)) };
  return { provider, ran: true, pairs, loadMs: answer.loadMs, runMs: answer.runMs };
}

function runChild(command: string, args: readonly string[]): Promise<{ output: string; errors: string; end: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    const timer = setTimeout(() => child.kill('SIGKILL'), timeLimitMs);
    const finish = (end: string): void => {
      clearTimeout(timer);
      resolve({ output, errors, end });
    };
    child.once('error', (error) => finish(error.message));
    child.once('close', (code, signal) =>
      finish(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`),
    );
  });
}

function firstLine(text: string): string {
  return (text.split(/\r?\n/).find((line) => line.trim() !== '') ?? '').trim();
}

/** ONNX Runtime's failed checks name a place in its own sources and the condition before they say what is wrong. */
function withoutSourcePlace(text: string): string {
  return text.replace(/^\/\S+:\d+ .* was false\. */, '') || text;
}
