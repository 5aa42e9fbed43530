// Reading small text files, and saying why one cannot be read.
import { closeSync, openSync, readSync, statSync } from 'node:fs'

/** Why a file is of no use, as the end of a sentence: `is larger than 64 KB`. */
export class FileProblem extends Error {}

const SYSTEM: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read by this user',
  EISDIR: 'is a directory',
  ENOTDIR: 'lies below something that is no directory',
}

/** What is wrong with a file, as the end of a sentence. */
export function fileProblem(thrown: unknown): string {
  if (thrown instanceof FileProblem) return thrown.message
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  return SYSTEM[code] ?? `cannot be read${code ? ` (${code})` : ''}`
}

/** The text of a regular file of at most `mostBytes`. Throws a `FileProblem` or what the system says. */
export function readTextFile(path: string, mostBytes: number): string {
  if (!statSync(path).isFile()) throw new FileProblem('is no regular file') // opening a pipe would wait for its writer
  const buffer = Buffer.alloc(mostBytes + 1) // not the size of the file, which may grow meanwhile
  const descriptor = openSync(path, 'r')
  try {
    const length = fill(descriptor, buffer)
    if (length > mostBytes) throw new FileProblem(`is larger than ${mostBytes / 1024} KB`)
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(buffer.subarray(0, length))
  } catch (thrown) {
    throw thrown instanceof TypeError ? new FileProblem('is not UTF-8 text') : thrown
  } finally {
    closeSync(descriptor)
  }
}

function fill(descriptor: number, buffer: Buffer): number {
  let length = 0
  for (let read = -1; read !== 0 && length < buffer.length; length += read)
    read = readSync(descriptor, buffer, length, buffer.length - length, null)
  return length
}
