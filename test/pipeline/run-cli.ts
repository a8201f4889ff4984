import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The built command line: what a user runs. */
export const cli = fileURLToPath(new URL('../../dist/pipeline/cli.js', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `tessera` in a process of its own.
 * @param onStderr told of everything written to stderr so far; may kill the process
 */
export function runCli(
  args: readonly string[],
  onStderr?: (kill: (signal: NodeJS.Signals) => void, stderr: string) => void,
): Promise<Outcome> {
  return runProgram(process.execPath, [cli, ...args], {}, onStderr);
}

/**
 * Runs a program.
 * @param env variables in place of, or beside, those of this process
 */
export function runProgram(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  onStderr?: (kill: (signal: NodeJS.Signals) => void, stderr: string) => void,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
    child.stderr.on('data', (text: Buffer) => {
      stderr += text.toString();
      onStderr?.((signal) => child.kill(signal), stderr);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
