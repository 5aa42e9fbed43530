import { afterAll, expect, test } from 'bun:test'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLineSink } from './line-sink.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-log-'))
afterAll(() => rmSync(folder, { recursive: true }))

function sinkInto(name: string) {
  const file = join(folder, name)
  const descriptor = openSync(file, 'w')
  return {
    sink: createLineSink(descriptor),
    text: () => readFileSync(file, 'utf8'),
    close: () => closeSync(descriptor),
  }
}

test('every line is written in order, including those that arrive during a write', async () => {
  const { sink, text, close } = sinkInto('order')
  const lines = Array.from({ length: 5000 }, (_, index) => `line ${index} ${'ü'.repeat(index % 60)}\n`)
  for (const line of lines.slice(0, 4000)) sink.write(line)
  const first = sink.drained()
  for (const line of lines.slice(4000)) sink.write(line)
  await Promise.all([first, sink.drained()])
  expect(text()).toBe(lines.join(''))
  expect(sink.dropped).toEqual({ slowReader: 0, writeError: 0 })
  await sink.drained() // with nothing to write it is drained at once
  close()
})

test('lines are dropped and counted if the log is not read fast enough', async () => {
  const { sink, text, close } = sinkInto('full')
  const line = `${'x'.repeat(1024 * 1024 - 1)}\n`
  for (let index = 0; index < 40; index++) sink.write(line) // within one turn: nothing can be written meanwhile
  await sink.drained()
  expect(sink.dropped.slowReader).toBeGreaterThan(0)
  expect(text().length).toBe((40 - sink.dropped.slowReader) * line.length)
  close()
})

test('a descriptor that cannot be written to loses lines, counts them and does not throw', async () => {
  const { sink, close } = sinkInto('closed')
  close()
  sink.write('a\n')
  sink.write('b\nc\n')
  await sink.drained()
  expect(sink.dropped).toEqual({ slowReader: 0, writeError: 3 })
})

test.if(existsSync('/dev/full'))('a full disk loses lines and counts them', async () => {
  const descriptor = openSync('/dev/full', 'w')
  const sink = createLineSink(descriptor)
  for (let at = 0; at < 1000; at++) sink.write(`line ${at}\n`)
  await sink.drained()
  sink.write('later\n')
  await sink.drained()
  expect(sink.dropped).toEqual({ slowReader: 0, writeError: 1001 })
  closeSync(descriptor)
})
