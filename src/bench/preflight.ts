// One call before the load, so that a wrong address, key or model is one clear sentence instead of a million failures.
import type { LoadOptions } from './load.ts'
import { startLoad } from './load.ts'

type Probe = Pick<LoadOptions, 'target' | 'request' | 'isStream' | 'timeoutMs'>

/** The reason why a load makes no sense, with what to do about it; undefined when the call went well. */
export async function findObstacle({ target, request, isStream = false, timeoutMs = 60_000 }: Probe) {
  const load = startLoad({
    target,
    request,
    isStream,
    timeoutMs,
    shape: { concurrency: 1 },
    requests: 1,
    drainMs: timeoutMs,
  })
  // A stream has passed with its first token; its end may be a minute away.
  const poll = setInterval(() => load.tally.firstToken.count > 0 && load.stop(), 10)
  await load.done
  clearInterval(poll)
  const [failure] = load.tally.failures.values()
  if (failure === undefined) return undefined
  return `${target.url}: ${failure.kind}${failure.example === '' ? '' : `: ${failure.example}`}\n${adviceFor(failure.kind)}`
}

function adviceFor(kind: string): string {
  switch (kind) {
    case 'refused':
      return 'Is the gateway running there? `sluice serve` starts it; check host and port.'
    case 'unreachable':
      return 'Check the host name, the port, and whether it is http or https.'
    case 'malformed':
      return 'The server does not speak HTTP/1.1 on that port; check the port, and whether it is http or https.'
    case 'status 401':
    case 'status 403':
      return 'The key was refused or is missing: give one with --key or --key-file.'
    case 'status 404':
      return 'Check the path of the URL, and that --model names a model the server knows.'
    case 'status 400':
    case 'status 422':
      return 'The server does not accept the body: check --model, or give a whole body with --body FILE.'
    case 'status 429':
      return 'The key is over its limit: use a key without limits, or start slower with --rate.'
    case 'not a stream':
      return 'Leave out --stream, or check that the model can stream.'
    case 'timeout':
      return 'The server is slow or stuck: give more time with --timeout, or fewer tokens with --max-tokens.'
    default:
      return 'The load was not started; --no-probe starts it all the same.'
  }
}
