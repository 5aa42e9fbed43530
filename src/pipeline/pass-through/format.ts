import type { Api } from '../../formats/apis/api.ts'
import { APIS } from '../../formats/apis/apis.ts'
import type { ProviderType } from '../../providers/provider.ts'
import { requestedApi } from '../arrive/match-path.ts'

/** The API of a provider's path; undefined if the path's format is unknown. */
export function apiOf({ apis }: ProviderType, url: string): Api | undefined {
  const { pathname } = new URL(url)
  const api = apis.map((name) => APIS[name]).find((each) => isAt(each, pathname))
  const pathStream = api === APIS.gemini && isMethod(api, true, pathname)
  return api && requestedApi({ api, pathStream }, url)
}

const isAt = (api: Api, pathname: string): boolean =>
  api.path === undefined ? isMethod(api, false, pathname) || isMethod(api, true, pathname) : pathname.endsWith(api.path)

const MODEL = 'MODEL'

/** Whether a path ends like `/models/MODEL:generateContent`, for any model. */
function isMethod({ method }: Api, isStream: boolean, pathname: string): boolean {
  if (!method) return false
  const [before, after] = method(MODEL, isStream).split('?', 1)[0]!.split(MODEL) as [string, string]
  const start = pathname.lastIndexOf(before)
  return start !== -1 && pathname.endsWith(after) && start + before.length < pathname.length - after.length
}
