using Engine.Buffers;

namespace Engine.Volumes;

/// <summary>What a piece waited for has come: its range, its memory, or the refusal of the latter.</summary>
internal readonly record struct PieceEvent(PieceReference Piece, PieceStage Next, IoError Error);
