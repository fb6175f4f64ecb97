#!/bin/busybox sh
# The power button was pressed.
poweroff -f
