int needed(void) { return 0; }
