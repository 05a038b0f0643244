import { useEffect } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { WifiOff } from 'lucide-react'
import { useDown } from '../api/connection.ts'
import { useI18n } from '../i18n/i18n-context.tsx'
import { Button } from '../ui/button.tsx'

const retryEveryMs = 3000

/** Stands above the page while the daemon does not answer, and tries again by itself. */
export function DownBanner() {
  const { t } = useI18n()
  const { connection } = useRouteContext({ from: '__root__' })
  const down = useDown(connection)
  const queryClient = useQueryClient()
  useEffect(() => {
    if (!down) return
    const timer = setInterval(
      () => void queryClient.refetchQueries({ type: 'active' }),
      retryEveryMs,
    )
    return () => clearInterval(timer)
  }, [down, queryClient])
  if (!down) return null
  return (
    <div className="down-banner" role="alert">
      <WifiOff size={15} aria-hidden />
      <span>{t('down.text')}</span>
      <Button size="small" onClick={() => void queryClient.refetchQueries({ type: 'active' })}>
        {t('action.retryNow')}
      </Button>
    </div>
  )
}
