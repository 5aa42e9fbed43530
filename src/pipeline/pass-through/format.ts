import { type Wire, WIRES } from '../../formats/apis/apis.ts'
import type { ProviderType } from '../../providers/provider.ts'
import { wireAsked } from '../arrive/match-path.ts'

/** The language that a path of a provider is known to speak; undefined for all its other paths. */
export function languageOf({ speaks }: ProviderType, url: string): Wire | undefined {
  const { pathname } = new URL(url)
  const wire = speaks.map((name) => WIRES[name]).find((each) => isAt(each, pathname))
  const pathStream = wire === WIRES.gemini && isMethod(wire, true, pathname)
  return wire && wireAsked({ wire, pathStream }, url)
}

const isAt = (wire: Wire, pathname: string): boolean =>
  wire.path === undefined
    ? isMethod(wire, false, pathname) || isMethod(wire, true, pathname)
    : pathname.endsWith(wire.path)

const MODEL = 'MODEL'

/** Whether a path ends like `/models/MODEL:generateContent`, whatever the model. */
function isMethod({ method }: Wire, isStream: boolean, pathname: string): boolean {
  if (!method) return false
  const [before, after] = method(MODEL, isStream).split('?', 1)[0]!.split(MODEL) as [string, string]
  const start = pathname.lastIndexOf(before)
  return start !== -1 && pathname.endsWith(after) && start + before.length < pathname.length - after.length
}
