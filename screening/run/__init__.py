"""The run loop: blocks of candidates evaluated by several threads, finished chunks written by one."""
