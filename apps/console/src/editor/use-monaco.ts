import { useEffect, useEffectEvent, useState, type RefObject } from 'react'
import type { editor } from 'monaco-editor/editor'
import type * as monacoModule from './monaco.ts'

type Monaco = (typeof monacoModule)['monaco']

export interface LoadedEditor {
  readonly editor: editor.IStandaloneCodeEditor
  readonly monaco: Monaco
}

export interface MonacoState {
  readonly loaded: LoadedEditor | undefined
  /** Why the editor's code did not arrive. */
  readonly failure: unknown
}

/** Loads Monaco and puts an editor into the element; `create` runs once, when it has arrived. */
export function useMonaco(
  host: RefObject<HTMLElement | null>,
  create: (monaco: Monaco, element: HTMLElement) => editor.IStandaloneCodeEditor,
): MonacoState {
  const [loaded, setLoaded] = useState<LoadedEditor>()
  const [failure, setFailure] = useState<unknown>()
  const start = useEffectEvent(create)
  useEffect(() => {
    let created: editor.IStandaloneCodeEditor | undefined
    let gone = false
    import('./monaco.ts').then(({ monaco }) => {
      if (gone || host.current === null) return
      created = start(monaco, host.current)
      setLoaded({ editor: created, monaco })
    }, setFailure)
    return () => {
      gone = true
      created?.getModel()?.dispose()
      created?.dispose()
    }
  }, [host])
  return { loaded, failure }
}

/**
 * Puts a value from elsewhere into the editor. What was typed comes back, too, and later than the next key is pressed:
 * `echoes` holds what the editor told and did not yet hear back.
 */
export function useShownText(
  loaded: LoadedEditor | undefined,
  value: string,
  echoes: RefObject<string[]>,
): void {
  useEffect(() => {
    const echo = echoes.current.indexOf(value)
    if (echo !== -1) echoes.current.splice(0, echo + 1)
    else if (loaded !== undefined && loaded.editor.getValue() !== value) {
      loaded.editor.setValue(value)
      echoes.current = []
    }
  }, [loaded, value, echoes])
}

/** Marks a whole line as the place of a failure, and brings it into view. */
export function useFailedLine(loaded: LoadedEditor | undefined, line: number | undefined): void {
  useEffect(() => {
    if (loaded === undefined || line === undefined) return
    const range = new loaded.monaco.Range(line, 1, line, 1)
    const marks = loaded.editor.createDecorationsCollection([
      {
        range,
        options: {
          isWholeLine: true,
          className: 'failed-line',
          linesDecorationsClassName: 'failed-mark',
        },
      },
    ])
    loaded.editor.revealLineInCenterIfOutsideViewport(line)
    return () => marks.clear()
  }, [loaded, line])
}
