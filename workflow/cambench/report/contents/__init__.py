"""What the page holds, as one JSON object: type `Data` in `web/src/data.ts`."""
