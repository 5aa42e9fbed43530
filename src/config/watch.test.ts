import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { watchFiles } from './watch.ts'

let directory: string
let stop: () => void = () => {}
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-watch-'))
  writeFileSync(join(directory, 'a.yaml'), 'one')
})
afterEach(() => {
  stop()
  rmSync(directory, { recursive: true, force: true })
})

/** Watches `a.yaml` (or others); `next` is fulfilled by the next change, also by one that has come already. */
function watch(options: Partial<Parameters<typeof watchFiles>[0]> = {}) {
  const changes: true[] = []
  let awaited = 0
  let wake: () => void = () => {}
  stop = watchFiles({
    files: () => [join(directory, 'a.yaml')],
    settleMs: 10,
    pollMs: 20,
    ...options,
    onChange: () => {
      changes.push(true)
      wake()
    },
  })
  const next = async () => {
    const wanted = ++awaited
    while (changes.length < wanted) await new Promise<void>((resolve) => (wake = resolve))
  }
  return { next, count: () => changes.length }
}

const blind = { watchDirectory: () => () => {} } // as on a file system that tells nothing
const deaf = { pollMs: 3_600_000 } // no poll but the first

const write = (text: string, name = 'a.yaml') => writeFileSync(join(directory, name), text)

const CHANGES: readonly [string, () => void][] = [
  ['written in place', () => write('two')],
  [
    'renamed over',
    () => {
      write('two', '.a.swp')
      renameSync(join(directory, '.a.swp'), join(directory, 'a.yaml'))
    },
  ],
  [
    'removed and made again',
    () => {
      rmSync(join(directory, 'a.yaml'))
      write('two')
    },
  ],
  ['removed', () => rmSync(join(directory, 'a.yaml'))],
]

for (const [how, options] of [
  ['seen by the system', deaf],
  ['seen by polling', blind],
] as const)
  test.each(CHANGES)(`a file %s is one change, ${how}`, async (_, change) => {
    const watched = watch(options)
    change()
    await watched.next()
    write('the end')
    await watched.next()
    expect(watched.count()).toBe(2)
  })

for (const [how, options] of [
  ['seen by the system', deaf],
  ['seen by polling', blind],
] as const)
  test(`the swap of a ConfigMap's ..data link is one change, ${how}`, async () => {
    const mount = join(directory, 'mount')
    const version = (name: string, text: string) => {
      mkdirSync(join(mount, name), { recursive: true })
      writeFileSync(join(mount, name, 'sluice.yaml'), text)
    }
    const swap = (name: string) => {
      symlinkSync(name, join(mount, '..data_tmp'))
      renameSync(join(mount, '..data_tmp'), join(mount, '..data'))
    }
    version('..1', 'one')
    swap('..1')
    symlinkSync('..data/sluice.yaml', join(mount, 'sluice.yaml'))
    const watched = watch({ files: () => [join(mount, 'sluice.yaml')], ...options })
    version('..2', 'two')
    swap('..2')
    rmSync(join(mount, '..1'), { recursive: true })
    await watched.next()
    version('..3', 'three')
    swap('..3')
    await watched.next()
    expect(watched.count()).toBe(2)
  })

test('writing the same content again is not a change', async () => {
  const watched = watch()
  write('one')
  utimesSync(join(directory, 'a.yaml'), 1, 1)
  write('one', '.a.swp')
  renameSync(join(directory, '.a.swp'), join(directory, 'a.yaml'))
  write('two')
  await watched.next()
  write('three')
  await watched.next()
  expect(watched.count()).toBe(2)
})

test('a directory that does not exist yet is watched once it is created', async () => {
  const watched = watch({ files: () => [join(directory, 'later/b.yaml')] })
  mkdirSync(join(directory, 'later'))
  write('one', 'later/b.yaml')
  await watched.next()
  expect(watched.count()).toBe(1)
})

/** The files to watch; `look` is fulfilled when the watcher asks for them the next time. */
function askedFor(files: string[]) {
  let ask = Promise.withResolvers<void>()
  const asked = () => {
    ask.resolve()
    ask = Promise.withResolvers()
    return files
  }
  return { files: asked, look: () => ask.promise }
}

test('a file that a reload adds is not a change, but is watched from then on', async () => {
  const names = [join(directory, 'a.yaml')]
  const { files, look } = askedFor(names)
  const watched = watch({ files })
  write('secret', 'key')
  names.push(join(directory, 'key'))
  await look()
  await look()
  write('another secret', 'key')
  await watched.next()
  expect(watched.count()).toBe(1)
})

test('a file that is still being written is not a change yet', async () => {
  let text = 'one'
  const contents: string[] = []
  let looksAfterHalf = -1
  const done = new Promise<void>((resolve) => {
    stop = watchFiles({
      ...blind,
      settleMs: 10,
      pollMs: 20,
      files: () => {
        if (text === 'half' && ++looksAfterHalf === 1) write((text = 'whole')) // between the two looks
        return [join(directory, 'a.yaml')]
      },
      onChange: () => {
        contents.push(text)
        resolve()
      },
    })
  })
  write((text = 'half'))
  await done
  expect(contents).toEqual(['whole'])
})

test('no change is reported after stop', async () => {
  const watched = watch()
  const other = watchFilesOnce()
  stop()
  write('two')
  await other
  expect(watched.count()).toBe(0)
})

test('no change is reported after stop, even one that was detected once', async () => {
  const { files, look } = askedFor([join(directory, 'a.yaml')])
  const watched = watch({ files, ...blind, settleMs: 30 })
  const other = watchFilesOnce()
  write('two')
  await look()
  stop()
  await other
  expect(watched.count()).toBe(0)
})

/** Fulfilled by the change of `a.yaml`, as seen by a second and slower watcher. */
const watchFilesOnce = () =>
  new Promise<void>((resolve) => {
    const stop = watchFiles({
      files: () => [join(directory, 'a.yaml')],
      settleMs: 100,
      pollMs: 20,
      onChange: () => {
        stop()
        resolve()
      },
    })
  })
