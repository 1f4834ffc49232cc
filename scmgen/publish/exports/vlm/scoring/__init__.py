"""What a model answered, scored: ``scmgen score-vlm``. Nothing here knows how questions are made."""
