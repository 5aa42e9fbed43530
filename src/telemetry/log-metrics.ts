import type { DroppedLines } from './line-sink.ts'
import type { Registry } from './metrics/registry.ts'

/** Counts the lines that all sinks of a process have lost. */
export function reportDroppedLines({ counter }: Registry, sinks: readonly DroppedLines[]): void {
  const sum = (reason: keyof DroppedLines) => sinks.reduce((total, sink) => total + sink[reason], 0)
  counter({
    name: 'sluice_log_lines_dropped_total',
    help: 'Log lines that were lost, by reason.',
    labels: ['reason'],
    collect(set) {
      set(['slow_reader'], sum('slowReader'))
      set(['write_error'], sum('writeError'))
    },
  })
}
