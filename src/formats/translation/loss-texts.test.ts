import { expect, test } from 'bun:test'
import { lossTexts } from './loss-texts.ts'

const removed = (field: string, what = 'removed: x') => ({ field, what })

test('one loss is one text', () => expect(lossTexts([removed('top_k')])).toEqual(['top_k: removed: x']))

test('the same loss at several places is one text with their number', () =>
  expect(
    lossTexts([
      removed('messages[1].content[0]'),
      removed('top_k'),
      removed('messages[12].content[3]'),
      removed('messages[13].content[0]', 'changed: y'),
      removed('messages[14].name'),
      removed('messages[15].content[0]'),
    ]),
  ).toEqual([
    'messages[1].content[0] and 2 more: removed: x',
    'top_k: removed: x',
    'messages[13].content[0]: changed: y',
    'messages[14].name: removed: x',
  ]))
