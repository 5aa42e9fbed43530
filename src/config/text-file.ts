// Reads small text files, and describes why one cannot be read.
import { closeSync, openSync, readSync, statSync } from 'node:fs'

/** Why a file cannot be used, as the end of a sentence: `is larger than 64 KB`. */
export class FileProblem extends Error {}

const SYSTEM: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'cannot be read by this user (permission denied)',
  EISDIR: 'is a directory',
  ENOTDIR: 'is below a path that is not a directory',
}

/** What is wrong with a file, as the end of a sentence. */
export function fileProblem(thrown: unknown): string {
  if (thrown instanceof FileProblem) return thrown.message
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  return SYSTEM[code] ?? `cannot be read${code ? ` (${code})` : ''}`
}

/** The text of a regular file of at most `mostBytes`. Throws a `FileProblem` or a system error. */
export function readTextFile(path: string, mostBytes: number): string {
  if (!statSync(path).isFile()) throw new FileProblem('is not a regular file') // opening a pipe would wait for its writer
  const buffer = Buffer.alloc(mostBytes + 1) // not the size of the file, which can grow while it is read
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
