// Sluice as a child process, from source or from the built executable.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const FROM_SOURCE = [process.execPath, resolve(import.meta.dir, '../src/main.ts')]

export interface Child {
  readonly process: Bun.Subprocess<'ignore', 'pipe', 'pipe'>
  /** Its standard output and standard error so far. */
  output(): string
}

/** Starts a command and waits until its output matches `until`. Throws with its output if it ends before. */
export async function startChild(
  args: readonly string[],
  until: RegExp,
  environment: Record<string, string> = {},
  command: readonly string[] = FROM_SOURCE,
): Promise<Child> {
  let output = ''
  const child = Bun.spawn([...command, ...args], {
    cwd: mkdtempSync(join(tmpdir(), 'sluice-child-')),
    env: { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), NO_COLOR: '1', ...environment },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const { promise: ready, resolve: isReady } = Promise.withResolvers<boolean>()
  const listen = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder()
    for await (const part of stream) {
      output += decoder.decode(part, { stream: true })
      if (until.test(output)) isReady(true)
    }
  }
  const ended = Promise.all([listen(child.stdout), listen(child.stderr)]).then(() => until.test(output))
  if (!(await Promise.race([ready, ended]))) throw new Error(`The process ended: ${output}`)
  return { process: child, output: () => output }
}

/** The first URL in a child's output that matches. */
export const urlIn = (output: string, pattern: RegExp): string => pattern.exec(output)![1]!
