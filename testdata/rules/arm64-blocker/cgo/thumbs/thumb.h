static int thumb_quality(void) { return 85; }
