namespace Engine.Volumes;

/// <summary>Piece <paramref name="Index"/> of a request, as a queue of waiting pieces remembers it.</summary>
internal readonly record struct PieceReference(DirectRequest Request, int Index);
