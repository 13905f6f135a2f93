namespace OutageLab;

/// <summary>A request of the page that cannot be carried out; the message says why, and what is allowed.</summary>
internal sealed class LabException(string message) : Exception(message);
