import { useEffect, useState } from "react";

/** The current time, renewed every `every_ms`; stands still while `isRunning` is false. */
export function useNow(every_ms = 1000, isRunning = true): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => setNow(new Date()), every_ms);
    return () => clearInterval(timer);
  }, [every_ms, isRunning]);
  return now;
}
