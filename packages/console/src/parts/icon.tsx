const paths = {
  auto: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 2v14a7 7 0 0 1 0-14Z",
  light:
    "M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10ZM11 1h2v3h-2ZM11 20h2v3h-2ZM1 11h3v2H1ZM20 11h3v2h-3ZM3.5 5 5 3.500l2.100 2.100-1.500 1.500ZM16.900 18.400l1.500-1.500 2.100 2.100-1.500 1.500ZM18.400 7.100l-1.500-1.500L19 3.500 20.500 5ZM5 20.500 3.500 19l2.100-2.100 1.500 1.500Z",
  dark: "M12 3a9 9 0 1 0 9 9 7 7 0 0 1-9-9Z",
  camera: "M3 6h12v4l6-3v10l-6-3v4H3Z",
  sound: "M4 9v6h4l6 5V4L8 9Zm12.500 3a4 4 0 0 0-2-3.500v7a4 4 0 0 0 2-3.500Z",
} as const;

/** A drawing that says nothing by itself: the words stand beside it, or on what it is in. */
export function Icon({ name }: { readonly name: keyof typeof paths }) {
  return (
    <svg class="drawn" viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
