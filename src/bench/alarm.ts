// Waking at a given moment, to a few microseconds, without keeping a core busy.
import { setTimeout as sleep } from 'node:timers/promises'

/** A timer of the event loop is late by a millisecond or so, and a long wait must notice that it has become pointless. */
const COARSE_MS = 5
const LONGEST_NAP_MS = 50
/** What it takes to ask the worker, to be woken by the kernel and to be told; the rest is polled away. */
const LEAD_MS = 0.2

/** A thread that sleeps in a futex wakes far more exactly than an event loop. As text, it is part of a compiled executable. */
const SLEEPER = `
const cell = new Int32Array(new SharedArrayBuffer(4))
onmessage = ({ data }) => {
  if (data > 0) Atomics.wait(cell, 0, 0, data)
  postMessage(0)
}`

export interface Alarm {
  /** Resolves at `time`, a reading of `performance.now`, or soon after `isPointless` says so. One wait at a time. */
  until(time: number, isPointless: () => boolean): Promise<void>
  close(): void
}

/**
 * Polling for the whole wait would be simpler, but a process that always wants to run is made to wait for those that
 * seldom do: on two busy cores it was 20 ms late in one case of a hundred, this is 0.5 ms late.
 */
export async function createAlarm(): Promise<Alarm> {
  const worker = new Worker(URL.createObjectURL(new Blob([SLEEPER], { type: 'application/javascript' })))
  let wake: () => void = () => undefined
  worker.onmessage = () => wake()
  const nap = (ms: number) =>
    new Promise<void>((resolve) => {
      wake = resolve
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker, not a window
      worker.postMessage(ms)
    })
  await nap(0)
  return {
    async until(time, isPointless) {
      for (let leftMs = time - performance.now(); leftMs > 0; leftMs = time - performance.now()) {
        if (isPointless()) return
        if (leftMs > COARSE_MS) await sleep(Math.min(leftMs - COARSE_MS + 1, LONGEST_NAP_MS))
        else if (leftMs > LEAD_MS) await nap(leftMs - LEAD_MS)
        else await new Promise((resolve) => setImmediate(resolve))
      }
    },
    close: () => worker.terminate(),
  }
}
