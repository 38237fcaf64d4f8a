"""Generated shop data with the columns of TPCx-BB, calibrated to the tutorial's published cluster table."""
