// The configuration that runs. There is no snapshot: a worker starts with the present state (see StartMessage), and
// messages published while it starts reach it as well.
import type { Config } from '../../config/load.ts'
import type { ReloadStatus } from '../../config/reload.ts'
import type { Bus, Publish, Topic } from '../bus/topic.ts'
import type { Member } from './member.ts'

export type ConfigMessage =
  /** From the supervisor: run on this from now on. */
  | { readonly type: 'apply'; readonly config: Config; readonly version: number }
  /** From the supervisor: how the last reload went. */
  | { readonly type: 'status'; readonly status: ReloadStatus }
  /** From a worker: new requests run on this version. */
  | { readonly type: 'confirmed'; readonly version: number }

const topic = (apply: Topic<ConfigMessage>['apply']): Topic<ConfigMessage> => ({
  name: 'config',
  forward: 'none',
  snapshot: () => [],
  apply,
})

export const joinConfigAsSupervisor = (
  bus: Bus,
  onConfirmed: (worker: number, version: number) => void,
): Publish<ConfigMessage> =>
  bus.join(
    topic((message, worker) => {
      if (message.type === 'confirmed') onConfirmed(worker, message.version)
    }),
  )

export interface ConfigOptions {
  /** At the start of the worker. */
  readonly status: ReloadStatus
  readonly onApplied: () => void
}

/** Returns how the last reload went. */
export function joinConfigAsWorker(
  { bus, gatewayProcess }: Member,
  { status: initial, onApplied }: ConfigOptions,
): () => ReloadStatus {
  let status = initial
  let applied = Promise.resolve()
  async function apply(config: Config, version: number): Promise<void> {
    gatewayProcess.apply(await gatewayProcess.build(config, version), config)
    onApplied()
    publish({ type: 'confirmed', version })
  }
  // One after the other, and the status of a reload after what it has loaded.
  const inOrder = (act: () => void | Promise<void>) => {
    const acted = applied.then(act)
    applied = acted.catch(() => {}) // `acted` itself is not caught, so that its error is counted and logged
  }
  const publish = bus.join(
    topic((message) => {
      if (message.type === 'status') inOrder(() => void (status = message.status))
      if (message.type === 'apply') inOrder(() => apply(message.config, message.version))
    }),
  )
  return () => status
}
