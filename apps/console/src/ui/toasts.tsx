import {
  createContext,
  useCallback,
  useContext,
  useMemo,
  useRef,
  useState,
  type ReactNode,
} from 'react'
import { CircleAlert, CircleCheck, X } from 'lucide-react'
import { useI18n } from '../i18n/i18n-context.tsx'
import { toErrorText } from '../api/error-text.ts'
import { IconButton } from './button.tsx'
import './toasts.css'

interface Toast {
  readonly id: number
  readonly tone: 'good' | 'bad'
  readonly text: string
}

export interface Toaster {
  /** Says shortly that something worked. */
  readonly done: (text: string) => void
  /** Says that something failed, with message and code; stays until it is dismissed. */
  readonly failed: (title: string, error: unknown) => void
}

const ToastContext = createContext<Toaster | null>(null)

export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const { errorWords } = useI18n()
  const [toasts, setToasts] = useState<readonly Toast[]>([])
  const nextId = useRef(0)
  const dismiss = useCallback(
    (id: number) => setToasts((all) => all.filter((toast) => toast.id !== id)),
    [],
  )
  const toaster = useMemo<Toaster>(() => {
    const show = (tone: Toast['tone'], text: string) => {
      const id = nextId.current++
      setToasts((all) => [...all.slice(-2), { id, tone, text }])
      if (tone === 'good') setTimeout(() => dismiss(id), 5000)
    }
    return {
      done: (text) => show('good', text),
      failed: (title, error) => {
        const { code, message } = toErrorText(error)
        show('bad', `${title}: ${errorWords(code) ?? message} (${code})`)
      },
    }
  }, [dismiss, errorWords])
  return (
    <ToastContext value={toaster}>
      {children}
      <ToastList toasts={toasts} onDismiss={dismiss} />
    </ToastContext>
  )
}

function ToastList({
  toasts,
  onDismiss,
}: {
  readonly toasts: readonly Toast[]
  readonly onDismiss: (id: number) => void
}) {
  const { t } = useI18n()
  return (
    <div className="toasts" role="status" aria-label={t('toasts.label')}>
      {toasts.map((toast) => (
        <div key={toast.id} className={`toast toast-${toast.tone}`}>
          {toast.tone === 'good' ? (
            <CircleCheck size={16} aria-hidden />
          ) : (
            <CircleAlert size={16} aria-hidden />
          )}
          <p>{toast.text}</p>
          <IconButton
            label={t('action.dismiss')}
            tipSide="left"
            onClick={() => onDismiss(toast.id)}
          >
            <X size={14} aria-hidden />
          </IconButton>
        </div>
      ))}
    </div>
  )
}

export function useToaster(): Toaster {
  const toaster = useContext(ToastContext)
  if (toaster === null) throw new Error('useToaster needs a ToastProvider above it.')
  return toaster
}
