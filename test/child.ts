// Sluice as a process of its own, from source or from the built executable.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const FROM_SOURCE = [process.execPath, resolve(import.meta.dir, '../src/main.ts')]

export interface Child {
  readonly process: Bun.Subprocess<'ignore', 'pipe', 'pipe'>
  /** What it has said so far, on standard output and standard error. */
  output(): string
}

/** Starts a command and waits until what it says matches `until`. Throws with what it said if it ends before. */
export async function startChild(
  args: readonly string[],
  until: RegExp,
  environment: Record<string, string> = {},
  command: readonly string[] = FROM_SOURCE,
): Promise<Child> {
  let said = ''
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
      said += decoder.decode(part, { stream: true })
      if (until.test(said)) isReady(true)
    }
  }
  const ended = Promise.all([listen(child.stdout), listen(child.stderr)]).then(() => until.test(said))
  if (!(await Promise.race([ready, ended]))) throw new Error(`It ended: ${said}`)
  return { process: child, output: () => said }
}

/** The first URL that matches in what a child said. */
export const urlIn = (said: string, pattern: RegExp): string => pattern.exec(said)![1]!
