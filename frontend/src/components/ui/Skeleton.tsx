/** Grey bars in the shape of what is about to appear. */
export function Skeleton({ className = "" }: { className?: string }) {
  return <div aria-hidden className={`animate-pulse rounded-md bg-line ${className}`} />;
}

export function SkeletonRows({ rows = 4 }: { rows?: number }) {
  const widths = ["w-2/3", "w-1/2", "w-3/5", "w-2/5"];
  return (
    <div aria-busy="true" className="divide-y divide-line">
      <span className="sr-only">Loading</span>
      {Array.from({ length: rows }, (_, index) => index).map((index) => (
        <div key={index} className="flex items-center justify-between gap-6 px-4 py-4">
          <Skeleton className={`h-4 ${widths[index % widths.length]}`} />
          <Skeleton className="h-5 w-20" />
        </div>
      ))}
    </div>
  );
}
