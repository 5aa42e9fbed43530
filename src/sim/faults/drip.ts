import type { Sink } from '../wire/reply.ts'

const EVERY_MS = 5
const CHARACTERS = 7

/** Writes a few characters at a time, so that events arrive in small pieces. */
export function drip(sink: Sink): Sink {
  let queued = ''
  let ended = false
  let timer: Timer | undefined
  const next = () => {
    let end = Math.min(CHARACTERS, queued.length)
    // Half a surrogate pair would be written as a replacement character.
    if (end < queued.length && (queued.charCodeAt(end) & 0xfc00) === 0xdc00) end++
    sink.write(queued.slice(0, end))
    queued = queued.slice(end)
    if (queued !== '') return
    clearInterval(timer)
    timer = undefined
    if (ended) sink.end()
  }
  return {
    write(text) {
      queued += text
      timer ??= setInterval(next, EVERY_MS)
    },
    end() {
      ended = true
      if (queued === '') sink.end()
    },
    breakOff: sink.breakOff,
  }
}
