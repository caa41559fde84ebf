"""Uploads, submissions, evaluations and scores as rows; intake."""
